using System.Runtime.InteropServices;
using System.Text;
using Miosa.Mcp.Workspaces.Folders;
using Miosa.Mcp.Workspaces.Moving;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>Folders of this machine, which somebody else may write while a host that is root reads them.</summary>
public sealed partial class HostFolderTests
{
    private const UnixFileMode Everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    [Fact]
    public async Task Only_what_really_lies_in_the_folder_is_read()
    {
        using var directory = new TemporaryDirectory();
        using var outside = new TemporaryDirectory();
        File.WriteAllText(outside.File("secret.md"), "secret");
        Directory.CreateDirectory(directory.File("agents"));
        File.WriteAllText(directory.File("agents/a.md"), "a");
        File.CreateSymbolicLink(directory.File("agents/link.md"), outside.File("secret.md"));
        Directory.CreateSymbolicLink(directory.File("skills"), outside.Path);
        var folder = new HostFolder(directory.Path);

        var listed = await folder.ListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["agents/a.md"], listed.Files.Where(file => file.LinkTarget is null).Select(file => file.Path));
        Assert.Equal("a", Encoding.UTF8.GetString((await ReadAsync(folder, "agents/a.md"))!));
        // As if the link had taken the file's place after the look.
        Assert.Null(await ReadAsync(folder, "agents/link.md"));
        Assert.Null(await ReadAsync(folder, "skills/secret.md"));
        Assert.Null(await ReadAsync(folder, "../" + Path.GetFileName(outside.Path) + "/secret.md"));
        Assert.Null(await ReadAsync(folder, "agents"));
    }

    [Fact]
    public async Task A_pipe_keeps_nobody_waiting()
    {
        using var directory = new TemporaryDirectory();
        using var make = System.Diagnostics.Process.Start("mkfifo", directory.File("SYSTEM.md"));
        await make.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Null(await ReadAsync(new HostFolder(directory.Path), "SYSTEM.md").InTime());
    }

    [Fact]
    public async Task A_directory_that_cannot_be_read_is_told_and_not_taken_for_an_empty_one()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.File("agents"));
        File.WriteAllText(directory.File("agents/a.md"), "a");
        File.WriteAllText(directory.File("SYSTEM.md"), "words");
        Directory.CreateDirectory(directory.File("empty"));
        File.SetUnixFileMode(directory.Path, Everybody);
        File.SetUnixFileMode(directory.File("empty"), Everybody);
        File.SetUnixFileMode(directory.File("agents"), UnixFileMode.None);

        var listed = await AsNobody(() => new HostFolder(directory.Path).ListAsync(TestContext.Current.CancellationToken));

        File.SetUnixFileMode(directory.File("agents"), Everybody);
        Assert.Equal(["agents"], listed.Unread);
        Assert.Equal(["`agents` could not be read."], listed.Notes);
        Assert.Equal(["empty"], listed.EmptyDirectories);
        Assert.Equal(["SYSTEM.md"], listed.Files.Select(file => file.Path));
    }

    [Theory]
    [InlineData("one/two", true)]
    [InlineData("one/two/three", false)]
    public async Task Directories_count_among_what_is_looked_at(string path, bool isAll)
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.File(path));
        File.WriteAllText(directory.File("SYSTEM.md"), "words");

        var listed = await new HostFolder(directory.Path, most: 3).ListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(isAll, !listed.IsPartial);
        Assert.Equal(isAll ? [] : ["The folder holds more than 3 entries; the rest was not looked at."], listed.Notes);
    }

    [Fact]
    public async Task What_lies_too_deep_is_told()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.File(string.Join('/', Enumerable.Range(1, 14))));

        var listed = await new HostFolder(directory.Path).ListAsync(TestContext.Current.CancellationToken);

        Assert.False(listed.IsPartial);
        Assert.Equal(["1 directories lie deeper than 12 levels and were not looked at."], listed.Notes);
    }

    [Fact]
    public async Task A_folder_behind_a_link_is_the_folder_it_names_when_a_person_names_it_and_none_when_it_was_put_there_later()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.File("real"));
        File.WriteAllText(directory.File("real/SYSTEM.md"), "words");
        Directory.CreateSymbolicLink(directory.File("link"), directory.File("real"));

        Assert.Equal("words", Encoding.UTF8.GetString((await ReadAsync(HostFolder.At(directory.File("link")), "SYSTEM.md"))!));
        Assert.Null(await ReadAsync(new HostFolder(directory.File("link")), "SYSTEM.md"));
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => new HostFolder(directory.File("link")).ListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_is_written_out_goes_through_no_link()
    {
        using var directory = new TemporaryDirectory();
        using var outside = new TemporaryDirectory();
        File.WriteAllText(outside.File("theirs"), "theirs");
        Directory.CreateSymbolicLink(directory.File("agents"), outside.Path);
        File.CreateSymbolicLink(directory.File("SYSTEM.md"), outside.File("theirs"));
        var target = new ExportTarget(directory.Path);

        await Assert.ThrowsAsync<ToolFailureException>(() => WriteAsync(target, "agents/new.md", "x"));
        await WriteAsync(target, "SYSTEM.md", "ours");

        Assert.Equal(["theirs"], Directory.EnumerateFiles(outside.Path).Select(Path.GetFileName));
        Assert.Equal("theirs", File.ReadAllText(outside.File("theirs")));
        Assert.Equal("ours", File.ReadAllText(directory.File("SYSTEM.md")));
        Assert.Null(new FileInfo(directory.File("SYSTEM.md")).LinkTarget);
    }

    [Fact]
    public async Task A_file_that_breaks_off_leaves_what_was_there()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("SYSTEM.md"), "before");
        var target = new ExportTarget(directory.Path);

        await Assert.ThrowsAsync<IOException>(() => target.WriteAsync("SYSTEM.md", new BrokenStream(), UnixFileMode.UserRead, TestContext.Current.CancellationToken));

        Assert.Equal("before", File.ReadAllText(directory.File("SYSTEM.md")));
        Assert.Single(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    /// <summary>With the rights of nobody, where the tests have those of root; of this thread, so what is done may not wait for another.</summary>
    private static Task<T> AsNobody<T>(Func<Task<T>> work)
    {
        var user = UseUser(65534);
        try
        {
            var done = work();
            Assert.True(done.IsCompleted);
            return done;
        }
        finally
        {
            _ = UseUser((uint)user);
        }
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int UseUser(uint user);

    private static Task<byte[]?> ReadAsync(HostFolder folder, string path) => folder.ReadAsync(path, 1024, TestContext.Current.CancellationToken);

    private static Task WriteAsync(ExportTarget target, string path, string text) =>
        target.WriteAsync(path, new MemoryStream(Encoding.UTF8.GetBytes(text)), UnixFileMode.UserRead, TestContext.Current.CancellationToken);

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("It broke off.");

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => throw new IOException("It broke off.");
    }
}
