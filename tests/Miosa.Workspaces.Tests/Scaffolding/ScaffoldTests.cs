using System.Text;
using Miosa.Workspaces.Folders;
using Miosa.Workspaces.Scaffolding;
using Miosa.Workspaces.Tests.Bridges;

namespace Miosa.Workspaces.Tests.Scaffolding;

public sealed class ScaffoldTests
{
    [Theory]
    [InlineData("acme", "Acme", "acme", "ACME-")]
    [InlineData("blue-door", "Blue Door", "blue-door", "BD-")]
    [InlineData("Blue: Door & Söhne", "Blue: Door & Söhne", "blue-door-sohne", "BDS-")]
    [InlineData("../..", "../..", "unnamed", "UNNA-")]
    public void A_company_is_called_after_its_folder_or_as_somebody_says(string text, string name, string slug, string prefix) =>
        Assert.Equal(new CompanyName(name, slug, prefix), CompanyName.Of(text));

    [Theory]
    [InlineData(ScaffoldDialect.Seed, Dialect.Miosa)]
    [InlineData(ScaffoldDialect.Canopy, Dialect.Canopy)]
    [InlineData(ScaffoldDialect.AgentCompanies, Dialect.AgentCompanies)]
    [InlineData(ScaffoldDialect.OpenClaw, Dialect.OpenClaw)]
    [InlineData(ScaffoldDialect.AgentsMd, Dialect.AgentsMd)]
    public void In_every_dialect_a_new_company_loads_without_a_problem_and_knows_its_name(ScaffoldDialect dialect, Dialect known)
    {
        var files = Scaffold.Make(TemplateFolder.Texts(), CompanyName.Of("Blue: Door"), dialect);
        var loaded = new WorkspaceLoader().Load(new MemoryFolder("/blue-door", files.Select(file => KeyValuePair.Create(file.Key, Encoding.UTF8.GetBytes(file.Value)))));

        Assert.Empty(loaded.Problems.Where(problem => problem.Severity is not Severity.Info));
        Assert.Contains(known, loaded.Workspace.Dialects);
        Assert.Contains("You work for Blue: Door", loaded.Workspace.BootText, StringComparison.Ordinal);
        Assert.Equal(3, loaded.Workspace.Skills.Count(skill => !skill.Name.StartsWith("run-", StringComparison.Ordinal)));
        Assert.DoesNotContain(files.Values, text => text.Contains("Harbour", StringComparison.Ordinal) || text.Contains("harbour", StringComparison.Ordinal));
        if (dialect is ScaffoldDialect.Seed or ScaffoldDialect.Canopy or ScaffoldDialect.AgentCompanies)
        {
            Assert.Equal("Blue: Door", loaded.Workspace.Company.Name);
            Assert.Equal("blue-door", loaded.Workspace.Company.Slug);
            Assert.Equal("BD-", loaded.Workspace.Company.IssuePrefix);
            Assert.Equal(5, loaded.Workspace.Agents.Count);
            Assert.Equal("founder", loaded.Workspace.FindAgent("sales")!.ReportsTo);
        }
    }

    [Theory]
    [InlineData(ScaffoldDialect.Canopy)]
    [InlineData(ScaffoldDialect.AgentCompanies)]
    [InlineData(ScaffoldDialect.OpenClaw)]
    [InlineData(ScaffoldDialect.AgentsMd)]
    public void No_file_of_another_dialect_sends_its_reader_to_a_file_that_is_not_there(ScaffoldDialect dialect)
    {
        var files = Scaffold.Make(TemplateFolder.Texts(), CompanyName.Of("acme"), dialect);

        foreach (var (path, text) in files)
        {
            foreach (System.Text.RegularExpressions.Match named in System.Text.RegularExpressions.Regex.Matches(text, "`((?:agents|runbooks|tasks|workflows|skills|\\.agents)/[a-z/.A-Z-]+\\.md)`"))
                Assert.True(files.ContainsKey(named.Groups[1].Value), $"{path} names {named.Groups[1].Value}");
        }
    }

    [Fact]
    public void A_name_is_replaced_as_a_word_and_never_inside_of_another()
    {
        var template = new Dictionary<string, string> { ["company.yaml"] = "name: Acme\nslug: acme\n", ["SYSTEM.md"] = "Acme makes acme-tools, pacme and acme.\n" };

        Assert.Equal("Zeta makes acme-tools, pacme and zeta.\n", Scaffold.Make(template, CompanyName.Of("zeta"), ScaffoldDialect.Seed)["SYSTEM.md"]);
    }
}
