using System.IO.Abstractions;
using Miosa.Mcp.Workspaces;

namespace Miosa.Mcp.Tests.Workspaces;

public sealed class BridgeFilesCommandTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();
    private StringWriter _output = new();
    private StringWriter _errors = new();

    public BridgeFilesCommandTests() => new InitCommand(new FileSystem(), "/opt/miosa", TextWriter.Null, TextWriter.Null).Run(_home.File("acme"), null, "seed", null);

    [Fact]
    public void A_check_ends_with_1_as_long_as_something_is_not_as_the_contract_says()
    {
        Assert.Equal(0, Bridge("claude-code,codex"));
        Assert.Equal(0, Bridge("claude-code,codex", BridgeFilesCommand.Act.Check));

        File.AppendAllText(_home.File("acme/agents/sales.md"), "\nMore.\n");

        Assert.Equal(1, Bridge("claude-code,codex", BridgeFilesCommand.Act.Check));
        Assert.Contains("stale          .claude/agents/sales.md", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("More.", File.ReadAllText(_home.File("acme/.claude/agents/sales.md")), StringComparison.Ordinal);
        Assert.Equal(0, Bridge("claude-code,codex"));
        Assert.Equal(0, Bridge("claude-code,codex", BridgeFilesCommand.Act.Check));
    }

    [Fact]
    public void Without_a_name_those_runtimes_are_meant_that_are_there()
    {
        Bridge("qwen-code");

        Assert.Equal(0, Bridge(""));
        Assert.StartsWith("qwen-code:", _output.ToString().Split('\n')[^2], StringComparison.Ordinal);
        Assert.False(File.Exists(_home.File("acme/CLAUDE.md")));

        Assert.Equal(0, Bridge("", BridgeFilesCommand.Act.Remove));
        Assert.False(File.Exists(_home.File("acme/QWEN.md")));
        Assert.False(Directory.Exists(_home.File("acme/.qwen")));
    }

    [Fact]
    public void Agents_get_the_servers_own_tools_by_name()
    {
        Bridge("claude-code", agent: "support");

        var support = File.ReadAllText(_home.File("acme/.claude/agents/support.md"));
        Assert.Contains("mcp__miosa__sandbox_read_file", support, StringComparison.Ordinal);
        Assert.DoesNotContain("mcp__miosa__sandbox_exec", support, StringComparison.Ordinal);
        Assert.Contains("\"support\"", File.ReadAllText(_home.File("acme/.mcp.json")), StringComparison.Ordinal);
        Assert.Contains("/opt/miosa", File.ReadAllText(_home.File("acme/.mcp.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_minds_the_launchers_place_in_no_file_of_any_runtime()
    {
        Bridge("all");

        Assert.Equal(0, Bridge("all", BridgeFilesCommand.Act.Check, program: "/usr/bin/miosa"));
    }

    [Theory]
    [InlineData("acme", "cobol", null, "No bridge leads to cobol.")]
    [InlineData("acme", "codex", "nobody", "There is no agent nobody; there are:")]
    [InlineData("nowhere", "codex", null, "There is no folder")]
    [InlineData("empty", "codex", null, "holds no contract")]
    public void What_cannot_be_done_is_said(string folder, string runtimes, string? agent, string why)
    {
        Directory.CreateDirectory(_home.File("empty"));

        Assert.Equal(2, Bridge(runtimes, agent: agent, folder: folder));
        Assert.Contains(why, _errors.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _home.Dispose();

    private int Bridge(string runtimes, BridgeFilesCommand.Act act = BridgeFilesCommand.Act.Write, string? agent = null, string folder = "acme", string program = "/opt/miosa")
    {
        _output = new StringWriter();
        _errors = new StringWriter();
        return new BridgeFilesCommand(new FileSystem(), _output, _errors).Run(_home.File(folder), runtimes, act, null, agent, program);
    }
}
