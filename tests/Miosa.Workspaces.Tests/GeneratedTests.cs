namespace Miosa.Workspaces.Tests;

public sealed class GeneratedTests
{
    private const string Skill = "---\n# " + GeneratedMarker.Text + "\nname: tea\ndescription: Makes tea.\n---\n";
    private const string Agent = "---\n# " + GeneratedMarker.Text + "\nname: Ada\ndescription: Leads.\n---\nLead.\n";
    private const string Boot = "<!-- " + GeneratedMarker.Text + " -->\nYou work for Acme.\n";

    [Fact]
    public void What_a_bridge_wrote_is_not_read_beside_what_people_wrote()
    {
        var loaded = Folder.Load(("SYSTEM.md", "x"), ("company.yaml", "name: A\n"), ("CLAUDE.md", Boot), (".claude/skills/tea/SKILL.md", Skill), (".claude/agents/ada.md", Agent));

        Assert.Empty(loaded.Workspace.Skills);
        Assert.Empty(loaded.Workspace.Agents);
        Assert.Empty(loaded.Workspace.Instructions);
        Assert.Contains("3 files", Assert.Single(loaded.Problems, problem => problem.Code is "MW014").What, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_there_is_nothing_else_it_is_the_contract()
    {
        var loaded = Folder.Load(("CLAUDE.md", Boot), (".claude/skills/tea/SKILL.md", Skill), (".claude/agents/ada.md", Agent), (".opencode/agent/ada.md", Agent));

        Assert.Equal(["tea"], loaded.Workspace.Skills.Select(skill => skill.Name));
        Assert.Equal(["ada"], loaded.Workspace.Agents.Select(agent => agent.Id));
        Assert.Equal(Boot, loaded.Workspace.BootText);
        Assert.Empty(loaded.Places());
    }

    [Fact]
    public void A_text_that_only_speaks_of_the_marker_far_down_is_a_persons() =>
        Assert.False(GeneratedMarker.IsIn(string.Concat(Enumerable.Repeat("line\n", 60)) + GeneratedMarker.Text));
}
