using Miosa.Workspaces.Folders;

namespace Miosa.Workspaces.Tests;

public sealed class ReloadTests
{
    private readonly WorkspaceLoader _loader = new();

    [Fact]
    public void A_changed_file_is_read_and_no_other()
    {
        var before = _loader.Load(new CountingFolder(Files("one")));
        var folder = new CountingFolder(Files("two"));

        var after = _loader.Reload(before, ["agents/a.md"], folder);

        Assert.Equal(["agents/a.md"], folder.Read);
        Assert.Empty(folder.Listed);
        Assert.Equal("two", after.Workspace.FindAgent("a")!.Body);
        Assert.NotEqual(before.Workspace.Fingerprint, after.Workspace.Fingerprint);
    }

    [Fact]
    public void A_file_that_was_written_again_as_it_was_changes_nothing()
    {
        var before = _loader.Load(Files("one"));

        Assert.Equal(before.Workspace.Fingerprint, _loader.Reload(before, ["agents/a.md"], Files("one")).Workspace.Fingerprint);
    }

    [Fact]
    public void What_agents_write_elsewhere_is_not_looked_at()
    {
        var before = _loader.Load(Files("one"));

        Assert.Same(before, _loader.Reload(before, ["src/app.ts", "node_modules/x/SKILL.md", ".git/index"]));
    }

    [Theory]
    [InlineData("agents/b.md")]
    [InlineData("agents")]
    [InlineData("")]
    public void New_and_removed_files_are_found(string told)
    {
        var before = _loader.Load(Files("one"));
        var more = Folder.Memory(("SYSTEM.md", "x"), ("agents/a.md", "one"), ("agents/b.md", "---\nreportsTo: a\n---\n"));

        var with = _loader.Reload(before, [told], more);
        var without = _loader.Reload(with, [told], Files("one"));

        Assert.Equal(["a", "b"], with.Workspace.Agents.Select(agent => agent.Id));
        Assert.Equal(before.Workspace.Fingerprint, without.Workspace.Fingerprint);
    }

    [Fact]
    public void A_reload_gives_what_a_load_gives()
    {
        var random = new Random(7);
        var files = Enumerable.Range(0, 30).ToDictionary(i => i % 3 is 0 ? $"agents/a{i}.md" : i % 3 is 1 ? $"skills/s{i}/SKILL.md" : $"runbooks/r{i}.md", _ => Text(random));
        var loaded = _loader.Load(Image(files));
        for (var round = 0; round < 100; round++)
        {
            var path = files.Keys.ElementAt(random.Next(files.Count));
            files[path] = Text(random);

            loaded = _loader.Reload(loaded, [path], Image(files));

            var fresh = _loader.Load(Image(files));
            Assert.Equal(fresh.Workspace.Fingerprint, loaded.Workspace.Fingerprint);
            Assert.Equal(fresh.Problems, loaded.Problems);
            Assert.Equal(fresh.Workspace.Agents.Select(agent => (agent.Id, agent.ReportsTo)), loaded.Workspace.Agents.Select(agent => (agent.Id, agent.ReportsTo)));
        }
    }

    [Fact]
    public void On_disk_only_what_changed_is_read_again()
    {
        using var folder = new TemporaryFolder();
        folder.Write("SYSTEM.md", "x");
        folder.Write("agents/a.md", "one");
        var before = _loader.Load(folder.Path);
        folder.Write("agents/a.md", "two");
        folder.Write("agents/b.md", "three");

        var after = _loader.Reload(before, ["agents/a.md", "agents/b.md"]);

        Assert.Equal(["two", "three"], after.Workspace.Agents.Select(agent => agent.Body));
    }

    private static MemoryFolder Files(string agent) => Folder.Memory(("SYSTEM.md", "x"), ("agents/a.md", agent));

    private static MemoryFolder Image(Dictionary<string, string> files) => Folder.Memory([.. files.Select(file => (file.Key, file.Value))]);

    private static string Text(Random random) => $"---\nname: n{random.Next(40)}\nreportsTo: a{random.Next(30)}\nowner: a{random.Next(40)}\ndescription: d\n---\n## Steps\n1. x\n";

    private sealed class CountingFolder(IContractFolder inner) : IContractFolder
    {
        public List<string> Listed { get; } = [];
        public List<string> Read { get; } = [];
        public string Name => inner.Name;

        public IReadOnlyList<ContractEntry> List(string path, int most)
        {
            Listed.Add(path);
            return inner.List(path, most);
        }

        public ContractEntry? Find(string path) => inner.Find(path);

        byte[] IContractFolder.Read(string path, int most)
        {
            Read.Add(path);
            return inner.Read(path, most);
        }
    }
}
