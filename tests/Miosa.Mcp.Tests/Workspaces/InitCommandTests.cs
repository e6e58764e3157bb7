using System.IO.Abstractions;
using Miosa.Mcp.Workspaces;
using Miosa.Workspaces;

namespace Miosa.Mcp.Tests.Workspaces;

public sealed class InitCommandTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    [Fact]
    public void A_new_company_is_called_like_its_folder_loads_soundly_and_is_told_what_comes_next()
    {
        Assert.Equal(0, Init("blue-door"));

        var loaded = new WorkspaceLoader().Load(_home.File("blue-door"));
        Assert.Empty(loaded.Problems);
        Assert.Equal("Blue Door", loaded.Workspace.Company.Name);
        Assert.Contains("/opt/miosa bridge", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("/opt/miosa workspace check", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("mcp --workspace blue-door", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_there_already_stays_and_is_named()
    {
        Directory.CreateDirectory(_home.File("acme/agents"));
        File.WriteAllText(_home.File("acme/SYSTEM.md"), "Mine.");
        File.WriteAllText(_home.File("acme/agents/sales.md"), "Mine too.");

        Assert.Equal(0, Init("acme"));

        Assert.Equal("Mine.", File.ReadAllText(_home.File("acme/SYSTEM.md")));
        Assert.Equal("Mine too.", File.ReadAllText(_home.File("acme/agents/sales.md")));
        Assert.Contains("left alone     SYSTEM.md: it is there already", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("left alone     agents/sales.md: it is there already", _output.ToString(), StringComparison.Ordinal);
        Assert.True(File.Exists(_home.File("acme/agents/founder.md")));
    }

    [Fact]
    public void Nothing_is_written_through_a_link()
    {
        Directory.CreateDirectory(_home.File("acme"));
        Directory.CreateDirectory(_home.File("elsewhere"));
        Directory.CreateSymbolicLink(_home.File("acme/agents"), _home.File("elsewhere"));

        Assert.Equal(0, Init("acme"));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_home.File("elsewhere")));
    }

    [Fact]
    public void Another_folder_can_be_the_template_and_its_other_files_come_along_untouched()
    {
        Directory.CreateDirectory(_home.File("mine/.git"));
        File.WriteAllText(_home.File("mine/SYSTEM.md"), "You work for Acme Tools.\n");
        File.WriteAllText(_home.File("mine/company.yaml"), "name: Acme Tools # ours\nslug: acme-tools\n");
        File.WriteAllBytes(_home.File("mine/logo.png"), [0x89, 0x50, 0xFF, 0xFE]);
        File.WriteAllText(_home.File("mine/.git/config"), "x");

        Assert.Equal(0, Init("zeta", from: "mine", name: "Zeta: the second"));

        Assert.Equal("You work for Zeta: the second.\n", File.ReadAllText(_home.File("zeta/SYSTEM.md")));
        Assert.Equal("Zeta: the second", new WorkspaceLoader().Load(_home.File("zeta")).Workspace.Company.Name);
        Assert.Equal([0x89, 0x50, 0xFF, 0xFE], File.ReadAllBytes(_home.File("zeta/logo.png")));
        Assert.False(Directory.Exists(_home.File("zeta/.git")));
    }

    [Theory]
    [InlineData("acme", null, "cobol", "There is no dialect cobol.")]
    [InlineData("acme", "nowhere", "seed", "There is no template folder")]
    [InlineData("taken", null, "seed", "is a file")]
    [InlineData("mine/inside", "mine", "seed", "lies in the template")]
    [InlineData("acme", "mine", "canopy", "has no SYSTEM.md")]
    public void What_cannot_be_done_is_said_and_nothing_is_written(string folder, string? from, string dialect, string why)
    {
        File.WriteAllText(_home.File("taken"), "");
        Directory.CreateDirectory(_home.File("mine"));
        File.WriteAllText(_home.File("mine/AGENTS.md"), "x");

        Assert.Equal(2, Init(folder, from, dialect));

        Assert.Contains(why, _errors.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_home.File(folder)));
    }

    public void Dispose() => _home.Dispose();

    private int Init(string folder, string? from = null, string dialect = "seed", string? name = null) =>
        new InitCommand(new FileSystem(), "/opt/miosa", _output, _errors).Run(_home.File(folder), from is null ? null : _home.File(from), dialect, name);
}
