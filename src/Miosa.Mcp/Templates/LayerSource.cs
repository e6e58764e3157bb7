namespace Miosa.Mcp.Templates;

/// <summary>What a build begins as a copy of.</summary>
internal abstract record LayerSource
{
    private LayerSource() { }

    public sealed record Layer(string Key) : LayerSource;

    /// <summary>A living sandbox, as it is at this instant.</summary>
    public sealed record Device(string Id) : LayerSource;

    public sealed record Snapshot(string Id) : LayerSource;
}
