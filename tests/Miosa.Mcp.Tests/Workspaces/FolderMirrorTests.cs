using System.Collections.Concurrent;
using System.Text;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>The copy that the host keeps of a folder which a stranger may write.</summary>
public sealed class FolderMirrorTests
{
    private static readonly IReadOnlySet<string> Nothing = new HashSet<string>(StringComparer.Ordinal);

    [Fact]
    public async Task What_changes_is_copied_and_what_goes_goes()
    {
        using var directory = new TemporaryDirectory();
        var mirror = new FolderMirror(directory.Path, "acme");
        var folder = new PretendFolder { ["SYSTEM.md"] = "one", ["agents/a.md"] = "a" };

        var first = await SyncAsync(mirror, folder);
        folder["SYSTEM.md"] = "two";
        folder.Remove("agents/a.md");
        var second = await SyncAsync(mirror, folder);
        var third = await SyncAsync(mirror, folder);

        Assert.Equal(["SYSTEM.md", "agents/a.md"], first.Order(StringComparer.Ordinal));
        Assert.Equal(["SYSTEM.md", "agents/a.md"], second.Order(StringComparer.Ordinal));
        Assert.Empty(third);
        Assert.Equal("two", File.ReadAllText(Path.Combine(mirror.Tree, "SYSTEM.md")));
        Assert.Equal(["SYSTEM.md"], OnDisk(mirror));
    }

    [Fact]
    public async Task The_next_host_finds_it_as_it_was()
    {
        using var directory = new TemporaryDirectory();
        var folder = new PretendFolder { ["SYSTEM.md"] = "one" };
        await SyncAsync(new FolderMirror(directory.Path, "acme"), folder);

        var next = new FolderMirror(directory.Path, "acme");

        Assert.True(next.Exists);
        Assert.Equal("one", Encoding.UTF8.GetString(next.TryRead("SYSTEM.md")!));
        Assert.Empty(await SyncAsync(next, folder));
    }

    [Fact]
    public async Task A_manifest_that_was_cut_off_is_made_anew()
    {
        using var directory = new TemporaryDirectory();
        var folder = new PretendFolder { ["SYSTEM.md"] = "one" };
        await SyncAsync(new FolderMirror(directory.Path, "acme"), folder);
        File.WriteAllText(directory.File("manifest.json"), """{"SYSTEM.md":{"Ver""");

        Assert.Equal(["SYSTEM.md"], await SyncAsync(new FolderMirror(directory.Path, "acme"), folder));
    }

    [Fact]
    public async Task A_link_in_the_folder_is_a_copy_of_what_it_names_and_one_that_leads_out_is_nothing()
    {
        using var directory = new TemporaryDirectory();
        var mirror = new FolderMirror(directory.Path, "acme");
        var folder = new PretendFolder { ["AGENTS.md"] = "words" };
        folder.Link("CLAUDE.md", "AGENTS.md");
        folder.Link("agents/up.md", "../AGENTS.md");
        folder.Link("agents/out.md", "../../../etc/passwd");
        folder.Link("agents/root.md", "/etc/passwd");
        folder.Link("agents/loop.md", "loop.md");

        await SyncAsync(mirror, folder);

        Assert.Equal(["AGENTS.md", "CLAUDE.md", "agents/up.md"], OnDisk(mirror));
        Assert.All(OnDisk(mirror), path => Assert.Equal("words", File.ReadAllText(Path.Combine(mirror.Tree, path))));
        Assert.All(OnDisk(mirror), path => Assert.Null(new FileInfo(Path.Combine(mirror.Tree, path)).LinkTarget));
        Assert.Equal(3, mirror.Notes.Count);
    }

    [Theory]
    [InlineData("../up.md")]
    [InlineData("a/../../up.md")]
    [InlineData("/etc/up.md")]
    [InlineData("a//b.md")]
    [InlineData("./a.md")]
    [InlineData("a\nb.md")]
    [InlineData("a\\x00b.md")]
    public async Task A_name_that_is_none_is_not_written_anywhere(string path)
    {
        using var directory = new TemporaryDirectory();
        var mirror = new FolderMirror(directory.Path, "acme");

        await SyncAsync(mirror, new PretendFolder { [path] = "bad", ["SYSTEM.md"] = "good" });

        Assert.Equal(["SYSTEM.md"], OnDisk(mirror));
        Assert.Single(mirror.Notes);
    }

    [Fact]
    public async Task What_is_huge_takes_no_room_and_keeps_its_size()
    {
        using var directory = new TemporaryDirectory();
        var mirror = new FolderMirror(directory.Path, "acme");
        var folder = new PretendFolder { ["SYSTEM.md"] = new string('x', MirrorRules.MostOfFile + 5), ["artifacts/film.mp4"] = "pretend" };
        folder.Pretend("artifacts/film.mp4", 5L << 40);

        await SyncAsync(mirror, folder);

        Assert.Equal(MirrorRules.MostOfFile + 5, new FileInfo(Path.Combine(mirror.Tree, "SYSTEM.md")).Length);
        Assert.Equal(MirrorRules.MostOfFile, mirror.TryRead("SYSTEM.md")!.Length);
        Assert.Equal(5L << 40, mirror.Files["artifacts/film.mp4"].Size);
        Assert.Null(mirror.TryRead("artifacts/film.mp4"));
        Assert.DoesNotContain("artifacts/film.mp4", folder.WasRead);
    }

    [Fact]
    public async Task More_than_is_kept_is_left_out_and_said()
    {
        using var directory = new TemporaryDirectory();
        var mirror = new FolderMirror(directory.Path, "acme");
        var folder = new PretendFolder();
        for (var number = 0; number < MirrorRules.MostFiles + 10; number++)
            folder[$"reference/{number}.md"] = "";

        await SyncAsync(mirror, folder);

        Assert.Equal(MirrorRules.MostFiles, mirror.Files.Count);
        Assert.Contains("10 files are beyond", Assert.Single(mirror.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_goes_or_grows_while_it_is_read_harms_nothing()
    {
        using var directory = new TemporaryDirectory();
        var mirror = new FolderMirror(directory.Path, "acme");
        var folder = new PretendFolder { ["SYSTEM.md"] = "stays", ["gone.md"] = "there for a look", ["grows.md"] = "short" };
        folder.WhenRead = path =>
        {
            if (path is "gone.md")
                folder.Remove("gone.md");
            if (path is "grows.md")
                folder["grows.md"] = new string('y', 4 << 20);
        };

        await SyncAsync(mirror, folder);

        Assert.Equal(["SYSTEM.md", "grows.md"], OnDisk(mirror));
        Assert.InRange(new FileInfo(Path.Combine(mirror.Tree, "grows.md")).Length, 0, MirrorRules.MostOfFile);
        folder.WhenRead = null;
        Assert.Equal(["grows.md"], await SyncAsync(mirror, folder));
    }

    [Fact]
    public async Task What_is_in_a_directory_that_cannot_be_read_stays_and_what_has_gone_elsewhere_goes()
    {
        using var directory = new TemporaryDirectory();
        var mirror = new FolderMirror(directory.Path, "acme");
        var folder = new PretendFolder { ["AGENTS.md"] = "words", ["SYSTEM.md"] = "system", ["agents/a.md"] = "a" };
        folder.Link("CLAUDE.md", "agents/a.md");
        await SyncAsync(mirror, folder);

        folder.Remove("agents/a.md");
        folder.Remove("AGENTS.md");
        folder.Unread.Add("agents");
        await SyncAsync(mirror, folder);

        Assert.Equal(["CLAUDE.md", "SYSTEM.md", "agents/a.md"], OnDisk(mirror));
    }

    [Fact]
    public async Task A_file_may_become_a_folder_and_a_folder_a_file()
    {
        using var directory = new TemporaryDirectory();
        var mirror = new FolderMirror(directory.Path, "acme");
        await SyncAsync(mirror, new PretendFolder { ["a.md"] = "file", ["b.md/c.md"] = "inside" });

        await SyncAsync(mirror, new PretendFolder { ["a.md/c.md"] = "inside", ["b.md"] = "file" });

        Assert.Equal(["a.md/c.md", "b.md"], OnDisk(mirror));
    }

    [Fact]
    public async Task Whatever_its_version_says_a_file_that_is_known_to_have_changed_is_read_again()
    {
        using var directory = new TemporaryDirectory();
        var mirror = new FolderMirror(directory.Path, "acme");
        var folder = new PretendFolder { ["SYSTEM.md"] = "one" };
        await SyncAsync(mirror, folder);
        folder.Swap("SYSTEM.md", "two");

        Assert.Empty(await SyncAsync(mirror, folder));
        Assert.Equal(["SYSTEM.md"], await mirror.SyncAsync(folder, new HashSet<string>(["SYSTEM.md"], StringComparer.Ordinal), TestContext.Current.CancellationToken));
        Assert.Equal("two", Encoding.UTF8.GetString(mirror.TryRead("SYSTEM.md")!));
    }

    [Fact]
    public async Task Where_any_file_may_have_changed_all_are_read_and_those_that_did_are_told()
    {
        using var directory = new TemporaryDirectory();
        var mirror = new FolderMirror(directory.Path, "acme");
        var folder = new PretendFolder { ["SYSTEM.md"] = "one", ["AGENTS.md"] = "same", ["artifacts/film.mp4"] = "film" };
        await SyncAsync(mirror, folder);
        folder.Swap("SYSTEM.md", "two");

        Assert.Equal(["SYSTEM.md"], await mirror.SyncAsync(folder, suspects: null, TestContext.Current.CancellationToken));
        Assert.Equal("two", Encoding.UTF8.GetString(mirror.TryRead("SYSTEM.md")!));
    }

    private static Task<IReadOnlyList<string>> SyncAsync(FolderMirror mirror, PretendFolder folder) => mirror.SyncAsync(folder, Nothing, TestContext.Current.CancellationToken);

    private static IReadOnlyList<string> OnDisk(FolderMirror mirror) =>
        [.. Directory.EnumerateFiles(mirror.Tree, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(mirror.Tree, path)).Order(StringComparer.Ordinal)];

    /// <summary>A folder that is whatever a test says, also what no folder should be.</summary>
    private sealed class PretendFolder : IFolderSource
    {
        private readonly ConcurrentDictionary<string, (string Text, int Version, long? Size)> _files = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
        private int _version;

        public List<string> WasRead { get; } = [];

        public List<string> Unread { get; } = [];

        public Action<string>? WhenRead { get; set; }

        public string this[string path]
        {
            set => _files[path] = (value, ++_version, null);
        }

        public void Remove(string path) => _files.TryRemove(path, out _);

        public void Link(string path, string target) => _links[path] = target;

        /// <summary>Another content that claims to be the same.</summary>
        public void Swap(string path, string text) => _files[path] = _files[path] with { Text = text };

        public void Pretend(string path, long size) => _files[path] = _files[path] with { Size = size };

        public Task<FolderListing> ListAsync(CancellationToken cancellationToken) => Task.FromResult(new FolderListing
        {
            Unread = Unread,
            Files =
            [
                .. _files.OrderBy(file => file.Key, StringComparer.Ordinal)
                    .Select(file => new FolderFile(file.Key, file.Value.Size ?? file.Value.Text.Length, file.Value.Version.ToString(System.Globalization.CultureInfo.InvariantCulture))),
                .. _links.Select(link => new FolderFile(link.Key, 0, link.Value, link.Value)),
            ],
        });

        public Task<byte[]?> ReadAsync(string path, int most, CancellationToken cancellationToken)
        {
            WasRead.Add(path);
            WhenRead?.Invoke(path);
            return Task.FromResult(_files.TryGetValue(path, out var file) ? Encoding.UTF8.GetBytes(file.Text).Take(most).ToArray() : null);
        }
    }
}
