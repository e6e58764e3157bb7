using System.Text.Json;
using Miosa.Workspaces.Reports;

namespace Miosa.Workspaces.Tests;

public sealed class LinterTests
{
    private static readonly (string, string)[] Flawed =
    [
        ("SYSTEM.md", "x"),
        ("company.yaml", "name: Acme\nissue_prefix: acme\n"),
        ("skills/tea/SKILL.md", "---\nname: tea\ndescription: Tea: hot\ntier: 2\n---\n"),
    ];

    [Fact]
    public void Problems_are_printed_as_a_compiler_prints_them()
    {
        var result = new WorkspaceLinter(Folder.Disk(Flawed)).Check("/w/acme");

        Assert.Equal(
            """
            company.yaml:2:15: warning MW040: the issue prefix `acme` is not in capitals with a hyphen at its end. Mend: write `ACME-`.
            skills/tea/SKILL.md:3:14: warning MW022: the text of `description` has a sign in it that YAML reads as its own; it was taken as one text. Mend: put it into quotes.
            Acme: 0 agents, 1 skill, 0 runbooks; 2 warnings; 2 of them `--fix` can mend.

            """, TextReport.Write(result));
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void Strict_adds_the_rules_of_the_specifications_and_lets_warnings_count()
    {
        var result = new WorkspaceLinter(Folder.Disk(Flawed)).Check("/w/acme", strict: true);

        Assert.Contains(result.Problems, problem => problem is { Code: "MW069", Severity: Severity.Error, Line: 4 });
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(1, (result with { Problems = [.. result.Problems.Where(problem => problem.Severity is Severity.Warning)] }).ExitCode);
        Assert.Equal(0, (result with { Problems = [] }).ExitCode);
    }

    [Fact]
    public void What_is_safe_is_mended_and_a_second_time_there_is_nothing_to_do()
    {
        using var folder = new TemporaryFolder();
        foreach (var (path, text) in Flawed)
            folder.Write(path, text);
        folder.WriteBytes("agents/a.md", [0xFF, 0xFE, .. System.Text.Encoding.Unicode.GetBytes("---\nname: Zoë\n# Hello\n")]);

        var first = new WorkspaceLinter().Check(folder.Path, fix: true);
        var second = new WorkspaceLinter().Check(folder.Path, fix: true);

        Assert.Equal(["MW003", "MW021", "MW040", "MW022"], first.Applied.Select(fix => fix.Code));
        Assert.Empty(first.Problems);
        Assert.Empty(second.Applied);
        Assert.Equal("name: Acme\nissue_prefix: ACME-\n", File.ReadAllText(folder.File("company.yaml")));
        Assert.Equal("---\nname: tea\ndescription: 'Tea: hot'\ntier: 2\n---\n", File.ReadAllText(folder.File("skills/tea/SKILL.md")));
        Assert.Equal("---\nname: Zoë\n---\n# Hello\n", File.ReadAllText(folder.File("agents/a.md")));
    }

    [Fact]
    public void Nothing_is_mended_through_a_link()
    {
        using var folder = new TemporaryFolder();
        folder.Write("SYSTEM.md", "x");
        folder.Write("drafts/company.yaml", "name: Acme\nissue_prefix: acme\n");
        folder.Link("company.yaml", "drafts/company.yaml");

        var result = new WorkspaceLinter().Check(folder.Path, fix: true);

        Assert.Empty(result.Applied);
        Assert.Contains("company.yaml: not mended: it is no file of this folder's own", TextReport.Write(result), StringComparison.Ordinal);
        Assert.Equal("name: Acme\nissue_prefix: acme\n", File.ReadAllText(folder.File("drafts/company.yaml")));
    }

    [Fact]
    public void A_link_that_waits_where_the_mended_file_is_written_leads_nothing_astray()
    {
        using var folder = new TemporaryFolder();
        folder.Write("SYSTEM.md", "x");
        folder.Write("company.yaml", "name: Acme\nissue_prefix: acme\n");
        folder.Write("victim", "precious");
        folder.Link("company.yaml.miosa-new", "victim");

        Assert.Single(new WorkspaceLinter().Check(folder.Path, fix: true).Applied);
        Assert.Equal("name: Acme\nissue_prefix: ACME-\n", File.ReadAllText(folder.File("company.yaml")));
        Assert.False(Path.Exists(folder.File("company.yaml.miosa-new")));
        Assert.Equal("precious", File.ReadAllText(folder.File("victim")));
    }

    [Fact]
    public void A_files_name_moves_no_cursor()
    {
        var result = new WorkspaceLinter(Folder.Disk(("AGENTS.md", "x"), ("agents/a\u001b[2Jb.md", "---\nname: x\n# y\n"))).Check("/w/acme");

        Assert.NotEmpty(result.Problems);
        Assert.DoesNotContain('\u001b', TextReport.Write(result));
    }

    [Fact]
    public void Programs_get_json_and_sarif()
    {
        var result = new WorkspaceLinter(Folder.Disk(Flawed)).Check("/w/acme");
        using var json = JsonDocument.Parse(JsonReport.Write(result));
        using var sarif = JsonDocument.Parse(SarifReport.Write(result, "1.2.3"));
        var run = sarif.RootElement.GetProperty("runs")[0];

        Assert.Equal(("MW040", "warning", "company.yaml", 2, 15), (
            Text(json.RootElement.GetProperty("problems")[0], "code"), Text(json.RootElement.GetProperty("problems")[0], "severity").ToLowerInvariant(), Text(json.RootElement.GetProperty("problems")[0], "file"),
            json.RootElement.GetProperty("problems")[0].GetProperty("line").GetInt32(), json.RootElement.GetProperty("problems")[0].GetProperty("column").GetInt32()));
        Assert.Equal("2.1.0", Text(sarif.RootElement, "version"));
        Assert.Equal(["MW022", "MW040"], run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().Select(rule => Text(rule, "id")));
        var place = run.GetProperty("results")[0].GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal(("company.yaml", 2, 15), (Text(place.GetProperty("artifactLocation"), "uri"), place.GetProperty("region").GetProperty("startLine").GetInt32(), place.GetProperty("region").GetProperty("startColumn").GetInt32()));
        Assert.Equal(1, run.GetProperty("results")[0].GetProperty("ruleIndex").GetInt32());
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
