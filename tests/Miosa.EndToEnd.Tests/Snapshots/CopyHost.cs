namespace Miosa.EndToEnd.Tests.Snapshots;

/// <summary>A host that keeps volumes as copies. Each sandbox is one, so the template is made smaller by what these tests do not need.</summary>
public sealed class CopyHost(SharedHost shared) : OtherHost(shared, "copy")
{
    protected override string Layout => """
        mkdir templates
        cp -a "$1" templates/miosa-sandbox
        cd templates/miosa-sandbox/usr
        rm -rf local/* include lib/gcc lib/git-core lib/python3 lib/file share/perl share/doc share/zoneinfo lib/*/perl lib/*/gconv lib/*/*.a
        """;
}
