namespace Miosa.Workspaces.Tests;

public sealed class AuthorityTests
{
    [Fact]
    public void An_agent_whose_file_names_tools_may_use_those_only()
    {
        var workspace = Folder.Load(("agents/a.md", "---\ntools: [sandbox_exec, \"preview.*\"]\n---\n"), ("company.yaml", "name: A\ntools: [\"*\"]\n")).Workspace;

        Assert.True(workspace.ToolsOf("a").Allows("sandbox_exec"));
        Assert.True(workspace.ToolsOf("A").Allows("preview_expose"));
        Assert.True(workspace.ToolsOf("a").Allows("sandbox_expose", "preview.expose"));
        Assert.False(workspace.ToolsOf("a").Allows("sandbox_destroy"));
    }

    [Fact]
    public void An_agent_whose_file_names_none_gets_what_the_workspace_names()
    {
        var workspace = Folder.Load(("agents/a.md", "# A\n"), ("company.yaml", "name: A\ntools:\n  allow: [sandbox_*]\n  deny: [sandbox_destroy]\n")).Workspace;

        Assert.Equal(ToolOrigin.Workspace, workspace.ToolsOf("a").Origin);
        Assert.True(workspace.ToolsOf("a").Allows("sandbox_exec"));
        Assert.False(workspace.ToolsOf("a").Allows("sandbox_destroy"));
        Assert.False(workspace.ToolsOf("a").Allows("network_set"));
    }

    [Fact]
    public void Where_nobody_names_tools_the_host_decides_and_what_is_denied_stays_denied()
    {
        var workspace = Folder.Load(("agents/a.md", "---\ndisallowedTools: network_*\n---\n")).Workspace;

        Assert.Equal(ToolOrigin.Host, workspace.ToolsOf("a").Origin);
        Assert.True(workspace.ToolsOf("a").Allows("sandbox_exec"));
        Assert.False(workspace.ToolsOf("a").Allows("network_set"));
    }

    [Fact]
    public void An_agent_that_the_contract_does_not_know_may_use_nothing() =>
        Assert.False(Folder.Load(("company.yaml", "name: A\ntools: [\"*\"]\n")).Workspace.ToolsOf("stranger").Allows("sandbox_exec"));

    [Theory]
    [InlineData("tools: []")]
    [InlineData("tools:")]
    [InlineData("tools: {bash: {a: 1}}")]
    [InlineData("tools: [\"*\"]\ntools: [\"*\"]")]
    [InlineData("tools: [\"*\"]\nx: [")]
    [InlineData("tools: &a [*a]")]
    [InlineData("? [tools]\n: [sandbox_exec]")]
    public void What_cannot_be_read_allows_nothing(string fields) =>
        Assert.False(Folder.Load(("agents/a.md", $"---\n{fields}\n---\n")).Workspace.ToolsOf("a").Allows("sandbox_exec"));

    [Theory]
    [InlineData("Bash", "sandbox_exec", true)]
    [InlineData("bash", "process_kill", true)]
    [InlineData("Read", "sandbox_read_file", true)]
    [InlineData("Read", "sandbox_write_file", false)]
    [InlineData("mcp__miosa__sandbox_exec", "sandbox_exec", true)]
    [InlineData("Bash(git *)", "sandbox_exec", false)]
    [InlineData("*", "anything", true)]
    [InlineData("sandbox_*_file", "sandbox_read_file", true)]
    [InlineData("sandbox", "sandbox_exec", false)]
    [InlineData("", "sandbox_exec", false)]
    public void Tools_are_named_as_runtimes_name_them(string pattern, string tool, bool matches) =>
        Assert.Equal(matches, ToolPattern.Matches(pattern, tool));

    [Theory]
    [InlineData("disallowedTools: Bash(rm *)")]
    [InlineData("disallowedTools: [\"Bash (rm *)\", \"Write(a, b)\"]")]
    [InlineData("tools: { allow: [\"*\"], deny: [\"Bash(rm *)\"] }")]
    [InlineData("tools: { \"*\": true, \"Bash(rm *)\": false }")]
    [InlineData("disallowedTools: [\"sandbox.exec(rm *)\"]")]
    [InlineData("disallowedTools: [\"mcp__miosa__sandbox_exec(rm *)\"]")]
    [InlineData("tools: [\"Bash(git *)\"]")]
    public void A_part_of_a_tool_denies_all_of_it_and_allows_nothing_of_it(string fields)
    {
        var loaded = Folder.Load(("agents/a.md", $"---\n{fields}\n---\n"));

        Assert.False(loaded.Workspace.ToolsOf("a").Allows("sandbox_exec", "sandbox.exec"));
        Assert.Contains(loaded.Problems, problem => problem.Code is "MW056");
    }

    [Fact]
    public void A_pattern_of_many_stars_takes_no_time_to_refuse() =>
        Assert.False(ToolPattern.Matches(string.Concat(Enumerable.Repeat("*a", 2_000)) + "b", new string('a', 4_000)));

    [Fact]
    public void Permissions_on_devices_are_those_that_exist()
    {
        var loaded = Folder.Load(("agents/a.md", "---\ndevices: [use, \"devices:fly\", \"deployments:publish\"]\n---\n"), ("agents/b.md", "# B\n"));

        Assert.Equal(["devices:use", "deployments:publish"], loaded.Workspace.FindAgent("a")!.DevicePermissions!);
        Assert.Null(loaded.Workspace.FindAgent("b")!.DevicePermissions);
        Assert.Contains("MW055 agents/a.md:2:10", loaded.Places());
    }
}
