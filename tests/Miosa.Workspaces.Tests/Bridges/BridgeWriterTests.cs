using Miosa.Workspaces.Bridges;

namespace Miosa.Workspaces.Tests.Bridges;

public sealed class BridgeWriterTests
{
    private static readonly IReadOnlyList<IRuntimeBridge> All = RuntimeBridges.All;

    [Fact]
    public void A_second_run_changes_nothing()
    {
        var bridging = Bridging.OfTemplate;
        var first = bridging.Bridge(All);
        var texts = bridging.Paths.ToDictionary(path => path, bridging.Read);

        var second = bridging.Bridge(All);

        Assert.All(first, outcome => Assert.Equal(BridgeOutcomeKind.Written, outcome.Kind));
        Assert.All(second, outcome => Assert.Equal(BridgeOutcomeKind.Unchanged, outcome.Kind));
        Assert.Equal(texts, bridging.Paths.ToDictionary(path => path, bridging.Read));
    }

    [Fact]
    public void A_look_without_writing_says_what_would_happen_and_does_nothing()
    {
        var bridging = Bridging.OfTemplate;
        var before = bridging.Paths;

        var outcomes = bridging.Writer(dry: true).Write(All, [], bridging.Input());

        Assert.All(outcomes, outcome => Assert.Equal(BridgeOutcomeKind.Written, outcome.Kind));
        Assert.Equal(before, bridging.Paths);
    }

    [Fact]
    public void A_change_of_the_contract_reaches_the_files_made_from_it_and_no_others()
    {
        var bridging = Bridging.OfTemplate;
        bridging.Bridge(All);
        bridging.Write("agents/sales.md", bridging.Read("agents/sales.md").Replace("## Scope", "## Scope\n\n- Fairs, twice a year.", StringComparison.Ordinal));

        var updated = bridging.Bridge(All).Where(outcome => outcome.Kind is BridgeOutcomeKind.Updated).Select(outcome => outcome.Path);

        Assert.Equal([".agents/skills/act-as-sales/SKILL.md", ".claude/agents/sales.md", ".cursor/agents/sales.md", ".gemini/agents/sales.md", ".github/agents/sales.agent.md", ".opencode/agent/sales.md", ".qwen/agents/sales.md", ".windsurf/rules/agent-sales.md"], updated);
    }

    [Fact]
    public void What_is_no_longer_in_the_contract_goes_and_what_a_person_put_beside_it_stays()
    {
        var bridging = Bridging.OfTemplate;
        var claude = RuntimeBridges.Find("claude-code")!;
        bridging.Bridge(claude);
        bridging.Write(".claude/agents/mine.md", "---\nname: mine\n---\nMy own agent.\n");
        bridging.Files.File.Delete($"{Bridging.Root}/agents/sales.md");

        var removed = bridging.Bridge(claude).Where(outcome => outcome.Kind is BridgeOutcomeKind.Removed);

        Assert.Equal([".claude/agents/sales.md"], removed.Select(outcome => outcome.Path));
        Assert.Contains(".claude/agents/mine.md", bridging.Paths);
    }

    [Fact]
    public void A_persons_file_in_the_place_of_ours_is_left_alone_and_said()
    {
        var bridging = Bridging.OfTemplate;
        bridging.Write(".claude/agents/sales.md", "---\nname: sales\n---\nMy own words.\n");

        var outcome = Assert.Single(bridging.Bridge(RuntimeBridges.Find("claude-code")!), outcome => outcome.Kind is BridgeOutcomeKind.LeftAlone);

        Assert.Equal(".claude/agents/sales.md", outcome.Path);
        Assert.Equal("---\nname: sales\n---\nMy own words.\n", bridging.Read(".claude/agents/sales.md"));
    }

    [Fact]
    public void In_a_persons_boot_file_ours_is_a_block_that_comes_renews_and_goes()
    {
        var bridging = Bridging.OfTemplate;
        var claude = RuntimeBridges.Find("claude-code")!;
        bridging.Write("CLAUDE.md", "# Mine\n\nAlways answer in Portuguese.");
        bridging.Bridge(claude);
        var first = bridging.Read("CLAUDE.md");
        bridging.Write("SYSTEM.md", "You work for somebody else now.\n");
        bridging.Bridge(claude);
        var second = bridging.Read("CLAUDE.md");

        Assert.StartsWith("# Mine\n\nAlways answer in Portuguese.\n\n<!-- miosa bridge begins", first, StringComparison.Ordinal);
        Assert.Contains("You work for Harbour Lane", first, StringComparison.Ordinal);
        Assert.StartsWith("# Mine\n\nAlways answer in Portuguese.\n\n<!-- miosa bridge begins", second, StringComparison.Ordinal);
        Assert.Contains("somebody else", second, StringComparison.Ordinal);
        Assert.DoesNotContain("Harbour Lane, which", second, StringComparison.Ordinal);
        Assert.Equal("# Mine\n\nAlways answer in Portuguese.", Assert.Single(bridging.Load().Workspace.Instructions).Text.Trim());

        bridging.Writer().Remove([claude], [], bridging.Input());

        Assert.Equal("# Mine\n\nAlways answer in Portuguese.\n", bridging.Read("CLAUDE.md"));
    }

    [Fact]
    public void A_block_that_lost_its_end_is_not_guessed_at()
    {
        var bridging = Bridging.OfTemplate;
        bridging.Write("CLAUDE.md", "# Mine\n\n<!-- miosa bridge begins: … -->\nhalf of it\n\nMore of mine.\n");

        var outcome = bridging.Bridge(RuntimeBridges.Find("claude-code")!).Single(outcome => outcome.Path is "CLAUDE.md");

        Assert.Equal(BridgeOutcomeKind.LeftAlone, outcome.Kind);
        Assert.EndsWith("More of mine.\n", bridging.Read("CLAUDE.md"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\n  // mine\n  \"theme\": \"dark\",\n}\n")]
    [InlineData("{\"mcpServers\":{}}")]
    [InlineData("{\n  \"mcpServers\": {\n    \"other\": { \"command\": \"x\", /* why */ \"args\": [] }\n  },\n  \"last\": [1, 2]\n}")]
    [InlineData("{\"a\":1,\"mcpServers\":{\"other\":{\"command\":\"ü\"},},}")]
    public void In_a_persons_json_file_ours_is_one_value_and_all_else_stays_to_the_letter(string text)
    {
        var bridging = Bridging.OfTemplate;
        var cursor = RuntimeBridges.Find("cursor")!;
        bridging.Write(".cursor/mcp.json", text);
        bridging.Bridge(cursor);
        var written = bridging.Read(".cursor/mcp.json");
        bridging.Bridge(cursor);

        Assert.Equal("/opt/miosa/miosa", JsonEntry.Find(written, "mcpServers", "miosa")!["command"]!.GetValue<string>());
        Assert.Equal(written, bridging.Read(".cursor/mcp.json"));
        Assert.Equal(JsonEntry.Find(text, "mcpServers", "other")?.ToJsonString(), JsonEntry.Find(written, "mcpServers", "other")?.ToJsonString());
        foreach (var word in (string[])["// mine", "/* why */", "\"last\": [1, 2]", "\"theme\": \"dark\""])
            Assert.Equal(text.Contains(word, StringComparison.Ordinal), written.Contains(word, StringComparison.Ordinal));

        bridging.Writer().Remove([cursor], [], bridging.Input());

        if (bridging.Paths.Contains(".cursor/mcp.json"))
        {
            var left = bridging.Read(".cursor/mcp.json");
            Assert.Null(JsonEntry.Find(left, "mcpServers", "miosa"));
            Assert.Equal(JsonEntry.Find(text, "mcpServers", "other")?.ToJsonString(), JsonEntry.Find(left, "mcpServers", "other")?.ToJsonString());
        }
        else
        {
            Assert.True(text is "{}" or "{\"mcpServers\":{}}");
        }
    }

    [Theory]
    [InlineData("{\"mcpServers\":{\"miosa\":{\"command\":\"miosa\",\"args\":[\"mcp\"]}}}")]
    [InlineData("{\"mcpServers\":[]}")]
    [InlineData("[]")]
    [InlineData("{\"mcpServers\":")]
    public void A_persons_own_entry_or_a_file_that_cannot_be_added_to_is_left_alone(string text)
    {
        var bridging = Bridging.OfTemplate;
        bridging.Write(".mcp.json", text);

        var outcome = bridging.Bridge(RuntimeBridges.Find("claude-code")!).Single(outcome => outcome.Path is ".mcp.json");

        Assert.Equal(BridgeOutcomeKind.LeftAlone, outcome.Kind);
        Assert.NotNull(outcome.Reason);
        Assert.Equal(text, bridging.Read(".mcp.json"));
    }

    [Fact]
    public void A_check_on_another_machine_does_not_mind_where_the_program_is_there()
    {
        var bridging = Bridging.OfTemplate;
        bridging.Bridge(All);

        var elsewhere = bridging.Writer(dry: true).Write(All, [], bridging.Input(command: "/usr/local/bin/miosa"));
        var renewed = bridging.Writer().Write([RuntimeBridges.Find("cursor")!], [], bridging.Input(command: "/usr/local/bin/miosa"));

        Assert.All(elsewhere, outcome => Assert.Equal(BridgeOutcomeKind.Unchanged, outcome.Kind));
        Assert.Equal([".cursor/mcp.json"], renewed.Where(outcome => outcome.Kind is BridgeOutcomeKind.Updated).Select(outcome => outcome.Path));
    }

    [Fact]
    public void Lines_of_a_persons_settings_stay_and_what_he_has_set_himself_is_not_set_twice()
    {
        var bridging = Bridging.OfTemplate;
        bridging.Write(".codex/config.toml", "model = \"o9\"\n");
        bridging.Write(".aider.conf.yml", "read: [NOTES.md]\n");

        var outcomes = bridging.Bridge(RuntimeBridges.Find("codex")!, RuntimeBridges.Find("aider")!);

        Assert.StartsWith("model = \"o9\"\n\n# miosa bridge begins", bridging.Read(".codex/config.toml"), StringComparison.Ordinal);
        Assert.Contains("required = true", bridging.Read(".codex/config.toml"), StringComparison.Ordinal);
        Assert.Equal(BridgeOutcomeKind.LeftAlone, outcomes.Single(outcome => outcome.Path is ".aider.conf.yml").Kind);
        Assert.Equal("read: [NOTES.md]\n", bridging.Read(".aider.conf.yml"));
    }

    [Fact]
    public void Removing_leaves_the_folder_as_it_was()
    {
        var bridging = Bridging.OfTemplate;
        var before = bridging.Paths;
        bridging.Bridge(All);

        bridging.Writer().Remove(All, [], bridging.Input());

        Assert.Equal(before, bridging.Paths);
        Assert.DoesNotContain(bridging.Files.AllDirectories, folder => folder.Contains("/.", StringComparison.Ordinal));
    }

    [Fact]
    public void Removing_one_runtime_leaves_what_others_share_with_it()
    {
        var bridging = Bridging.OfTemplate;
        var (codex, kimi) = (RuntimeBridges.Find("codex")!, RuntimeBridges.Find("kimi-code")!);
        bridging.Bridge(codex, kimi);

        bridging.Writer().Remove([codex], [kimi], bridging.Input());

        Assert.DoesNotContain(".codex/config.toml", bridging.Paths);
        Assert.Contains("AGENTS.md", bridging.Paths);
        Assert.Contains(".agents/skills/write-proposal/SKILL.md", bridging.Paths);
        Assert.True(bridging.Writer().IsPresent(kimi, bridging.Input()));
        Assert.False(bridging.Writer().IsPresent(codex, bridging.Input()));
    }

    [Fact]
    public void A_link_on_the_way_is_never_written_through()
    {
        using var home = new TemporaryFolder();
        var (root, outside) = (Path.Combine(home.Path, "acme"), Path.Combine(home.Path, "outside"));
        Directory.CreateDirectory(outside);
        foreach (var (path, text) in TemplateFolder.Texts())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, path))!);
            File.WriteAllText(Path.Combine(root, path), text);
        }
        File.WriteAllText(Path.Combine(outside, "bashrc"), "mine");
        Directory.CreateSymbolicLink(Path.Combine(root, ".claude"), outside);
        File.CreateSymbolicLink(Path.Combine(root, "CLAUDE.md"), Path.Combine(outside, "bashrc"));
        var loader = new WorkspaceLoader();
        var loaded = loader.Load(root);
        var input = new BridgeInput { Workspace = loaded.Workspace, Name = "acme", Command = "miosa", Texts = BridgeSources.Read(loader, loaded) };

        var outcomes = new BridgeWriter(new System.IO.Abstractions.FileSystem(), root).Write([RuntimeBridges.Find("claude-code")!], [], input);

        Assert.All(outcomes.Where(outcome => outcome.Path is not ".mcp.json"), outcome => Assert.Equal(BridgeOutcomeKind.LeftAlone, outcome.Kind));
        Assert.Equal(["bashrc"], Directory.EnumerateFileSystemEntries(outside).Select(Path.GetFileName));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(outside, "bashrc")));
    }

    [Fact]
    public void A_file_that_only_its_owner_may_read_stays_so()
    {
        using var home = new TemporaryFolder();
        home.Write("SYSTEM.md", "You work here.\n");
        home.Write("CLAUDE.md", "Mine.\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(home.File("CLAUDE.md"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var loader = new WorkspaceLoader();
        var loaded = loader.Load(home.Path);
        var input = new BridgeInput { Workspace = loaded.Workspace, Name = "acme", Command = "miosa", Texts = BridgeSources.Read(loader, loaded) };

        new BridgeWriter(new System.IO.Abstractions.FileSystem(), home.Path).Write([RuntimeBridges.Find("claude-code")!], [], input);

        Assert.Contains("You work here.", File.ReadAllText(home.File("CLAUDE.md")), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(home.File("CLAUDE.md")));
    }

    [Fact]
    public void A_contract_that_is_AGENTS_md_itself_is_not_bridged_onto_itself()
    {
        var bridging = new Bridging(new Dictionary<string, string> { ["AGENTS.md"] = "You work here.\n" });
        bridging.Bridge(All);

        Assert.Equal("You work here.\n", bridging.Read("AGENTS.md"));
        Assert.Contains("You work here.", bridging.Read("CLAUDE.md"), StringComparison.Ordinal);
        Assert.Equal(["AGENTS.md"], bridging.Load().Workspace.BootFiles);
    }
}
