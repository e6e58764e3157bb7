using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>What tells of changes in a folder of this machine.</summary>
public sealed class DirectoryWatchTests
{
    [Fact]
    public void A_watch_knows_that_another_directory_has_taken_the_place_of_its_own()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("acme");
        Directory.CreateDirectory(path);
        using var watch = DirectoryWatch.TryStart(path, _ => { })!;
        Assert.True(watch.IsOfWhatIsThere);

        Directory.Delete(path, recursive: true);
        Assert.False(watch.IsOfWhatIsThere);

        Directory.CreateDirectory(path);
        Assert.False(watch.IsOfWhatIsThere);
    }
}
