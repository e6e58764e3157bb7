using System.IO.Abstractions;

namespace Miosa.Workspaces.Tests;

public sealed class BoundTests
{
    [Fact]
    public void More_skills_than_are_read_are_counted()
    {
        var loaded = Folder.Load([("SYSTEM.md", "x"), .. Enumerable.Range(0, 2_005).Select(i => ($"skills/s{i}/SKILL.md", $"---\nname: s{i}\ndescription: d\n---\n"))]);

        Assert.Equal(2_000, loaded.Workspace.Skills.Count);
        Assert.Contains(loaded.Problems, problem => problem.Code is "MW008" && problem.What.Contains("5 more", StringComparison.Ordinal));
    }

    [Fact]
    public void A_tree_deeper_than_any_contract_is_told_and_left()
    {
        var loaded = Folder.Load(("skills/" + string.Concat(Enumerable.Repeat("d/", 200)) + "SKILL.md", "---\nname: d\ndescription: d\n---\n"));

        Assert.Empty(loaded.Workspace.Skills);
        Assert.Contains("MW008", loaded.Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void A_folder_with_more_than_is_looked_at_is_told()
    {
        var loaded = Folder.Load(new LoadLimits { Entries = 50 }, [.. Enumerable.Range(0, 100).Select(i => ($"reference/{i}.md", "x"))]);

        Assert.InRange(loaded.Workspace.Instructions.Count, 1, 50);
        Assert.Contains("MW008", loaded.Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void All_files_together_are_bounded()
    {
        var loaded = Folder.Load(new LoadLimits { TotalBytes = 100 }, ("SYSTEM.md", new string('x', 80)), ("agents/a.md", new string('x', 80)));

        Assert.Empty(loaded.Workspace.Agents);
        Assert.Contains(loaded.Problems, problem => problem.Code is "MW008" && problem.What.Contains("1 files were not read", StringComparison.Ordinal));
    }

    [Fact]
    public void What_agents_work_on_is_never_looked_at()
    {
        var loaded = Folder.Load(("SYSTEM.md", "x"), ("src/SKILL.md", "---\n"), ("skills/node_modules/x/SKILL.md", "---\n"), (".git/skills/x/SKILL.md", "---\n"));

        Assert.Empty(loaded.Workspace.Skills);
        Assert.Equal(["MW012 :1:1"], loaded.Places());
    }

    [Fact]
    public void Links_are_followed_as_far_as_they_stay_inside()
    {
        using var outside = new TemporaryFolder();
        outside.Write("secret.md", "---\nname: secret\ndescription: A secret.\n---\n");
        using var folder = new TemporaryFolder();
        folder.Write("SYSTEM.md", "x");
        folder.Write("skills/tea/SKILL.md", "---\nname: tea\ndescription: Makes tea.\n---\n");
        folder.Link("skills/away", outside.Path);
        folder.Link("skills/tea/round", folder.File("skills"));
        folder.Link("skills/self", "self");
        folder.Link("skills/gone", "nothing");
        folder.Link("agents/a.md", outside.File("secret.md"), inFolder: true);
        folder.Link(".claude/skills", "../skills", inFolder: true);
        folder.Link("company.yaml", "/etc/passwd");
        folder.Link("runbooks", folder.File("elsewhere"));
        folder.Write("elsewhere/r.md", "## Steps\n1. One\n");

        var loaded = new WorkspaceLoader(new FileSystem()).Load(folder.Path);

        Assert.Equal(["tea"], loaded.Workspace.Skills.Select(skill => skill.Name));
        Assert.Equal(["r"], loaded.Workspace.Runbooks.Select(runbook => runbook.Id));
        Assert.Empty(loaded.Workspace.Agents);
        Assert.Equal(
            ["MW006 agents/a.md:1:1", "MW006 company.yaml:1:1", "MW006 skills/away:1:1", "MW007 skills/gone:1:1", "MW007 skills/self:1:1"],
            loaded.Places().Where(place => place.StartsWith("MW00", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_thousand_hidden_folders_are_looked_at_up_to_the_bound()
    {
        var loaded = Folder.Load(new LoadLimits { Entries = 100 }, [.. Enumerable.Range(0, 1_000).Select(i => ($".client{i}/skills/s{i}/SKILL.md", "---\nname: s\ndescription: d\n---\n"))]);

        Assert.InRange(loaded.Workspace.Skills.Count, 0, 100);
        Assert.Contains("MW008", loaded.Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void What_only_specifications_mind_is_counted_apart()
    {
        var fields = string.Concat(Enumerable.Range(0, 60).Select(i => $"own{i}: 1\n"));
        var loaded = Folder.Load(("SYSTEM.md", "x"), ("company.yaml", "name: A\n"), ("skills/tea/SKILL.md", $"---\nname: tea\ndescription: Makes tea.\n{fields}---\nBoil.\n"));

        Assert.Empty(loaded.Places());
        Assert.Contains("10 more", Assert.Single(loaded.StrictProblems, problem => problem.Code is "MW099").What, StringComparison.Ordinal);
    }

    [Fact]
    public void That_there_are_more_problems_than_are_shown_is_said_once()
    {
        var list = string.Concat(Enumerable.Repeat("  - [x]\n", 10_001));
        var loaded = Folder.Load(new LoadLimits { YamlNodes = 100_000, ProblemsPerFile = 20_000 }, ("company.yaml", $"name: A\nconnectors:\n{list}approvals:\n  rules:\n    - deny: [x]\n      agents: [nobody]\n"));

        Assert.Contains("between the files", Assert.Single(loaded.Problems, problem => problem.Code is "MW099").What, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_others_are_checked_up_to_a_bound()
    {
        var loaded = Folder.Load(("AGENTS.md", "x"), ("agents/a.md", "---\nskills: [" + string.Join(", ", Enumerable.Range(0, 5_000).Select(i => $"s{i}")) + "]\n---\n"));

        Assert.Equal(500, loaded.Problems.Count(problem => problem.Code is "MW053"));
        Assert.Contains("MW008", loaded.Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void Whether_something_is_there_outside_is_not_told()
    {
        using var outside = new TemporaryFolder();
        outside.Write("there.md", "x");
        using var folder = new TemporaryFolder();
        folder.Write("SYSTEM.md", "x");
        folder.Write("skills/tea/SKILL.md", "---\nname: tea\ndescription: d\n---\n[a](away/there.md) [b](away/gone.md)\n");
        folder.Link("skills/tea/away", outside.Path);
        var loader = new WorkspaceLoader();

        var loaded = loader.Load(folder.Path);

        Assert.Equal(2, loaded.Problems.Count(problem => problem.Code is "MW064"));
        Assert.Null(loader.ReadText(loaded, "skills/tea/away/there.md", out _));
        Assert.Equal("x", loader.ReadText(loaded, "SYSTEM.md", out _));
        Assert.Null(loader.ReadText(loaded, "../SYSTEM.md", out _));
    }

    [Fact]
    public void A_workspace_reached_through_a_link_is_a_workspace()
    {
        using var folder = new TemporaryFolder();
        folder.Write("real/SYSTEM.md", "Hello");
        folder.Link("here", "real");

        Assert.Equal("Hello", new WorkspaceLoader().Load(folder.File("here")).Workspace.BootText);
    }

    [Fact]
    public void A_pipe_in_the_place_of_a_file_holds_nobody_up()
    {
        using var folder = new TemporaryFolder();
        folder.Write("agents/a.md", "x");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [folder.File("SYSTEM.md")]))
            made.WaitForExit();

        Assert.Equal(["a"], new WorkspaceLoader().Load(folder.Path).Workspace.Agents.Select(agent => agent.Id));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_a_problem() =>
        Assert.Equal(["MW001 :1:1"], new WorkspaceLoader().Load("/nowhere/at/all").Places());
}
