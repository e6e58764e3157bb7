using Miosa.Mcp.Workspaces.Views;
using ModelContextProtocol;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>How the server introduces itself, and whom it lets in.</summary>
public sealed class IntroductionTests
{
    [Theory]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Instructions_begin_with_the_company_and_carry_its_boot_file(string version)
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var founder = await acme.ConnectAsync(WorkspaceHarness.Founder, version);

        var words = founder.Mcp.ServerInstructions!;

        Assert.InRange(words.Length, 1, ContractWords.Most);
        var beginning = words[..words.IndexOf("\n\n", StringComparison.Ordinal)];
        Assert.InRange(beginning.Length, 1, ContractWords.Beginning);
        Assert.Contains("Acme Bicycles", beginning, StringComparison.Ordinal);
        Assert.Contains("workspace_get", beginning, StringComparison.Ordinal);
        Assert.Contains("`founder`", beginning, StringComparison.Ordinal);
        Assert.Contains("never promise a date", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_boot_file_is_cut_and_says_so()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        acme.Write("SYSTEM.md", string.Concat(Enumerable.Repeat("We mend bicycles, and do it well.\n", 1_000)));
        await acme.ReadAsync();

        var words = (await acme.ConnectAsync()).Mcp.ServerInstructions!;

        Assert.InRange(words.Length, ContractWords.Most / 2, ContractWords.Most);
        Assert.EndsWith("(It goes on: workspace_get, or the resource workspace://boot.)", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_contract_everything_is_as_it_was()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var stranger = await acme.ConnectAsync(McpHarness.Somebody with { Workspace = "elsewhere", Agent = "anybody" });

        Assert.StartsWith("Miosa gives you machines of your own", stranger.Mcp.ServerInstructions, StringComparison.Ordinal);
        Assert.NotEmpty(await stranger.ToolsAsync());
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData(null)]
    public async Task An_agent_that_the_contract_does_not_know_is_refused_with_those_it_knows(string? version)
    {
        await using var acme = await WorkspaceHarness.StartAsync();

        var refusal = await Assert.ThrowsAnyAsync<McpException>(() => acme.ConnectAsync(WorkspaceHarness.Founder with { Agent = "intruder" }, version));

        Assert.Contains("no agent 'intruder'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("founder, support", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_is_taken_out_of_the_contract_is_out()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var support = await acme.ConnectAsync(WorkspaceHarness.Founder with { Agent = "support" });
        await support.CallAsync("workspace_get");

        File.Delete(acme.Folder.File("agents/support.md"));
        await acme.ReadAsync();

        await Assert.ThrowsAnyAsync<McpException>(() => support.RawAsync("workspace_get"));
    }
}
