namespace Miosa.EndToEnd.Tests.Snapshots;

/// <summary>A host that keeps volumes as overlays.</summary>
public sealed class OverlayHost(SharedHost shared) : OtherHost(shared, "overlay")
{
    protected override string Layout => """
        mkdir -p trees templates/miosa-sandbox/below
        cp -a "$1" trees/first
        touch trees/first.mark
        ln trees/first.mark templates/miosa-sandbox/below/000-first
        """;
}
