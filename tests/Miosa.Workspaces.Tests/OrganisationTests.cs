using Miosa.Workspaces.Checks;

namespace Miosa.Workspaces.Tests;

public sealed class OrganisationTests
{
    [Fact]
    public void A_reporting_line_that_closes_into_a_circle_is_cut_and_told()
    {
        var loaded = Folder.Load(
            ("agents/a.md", "---\nreportsTo: b\n---\n"), ("agents/b.md", "---\nreportsTo: c\n---\n"), ("agents/c.md", "---\nreportsTo: a\n---\n"),
            ("agents/d.md", "---\nreportsTo: a\n---\n"), ("agents/e.md", "---\nreportsTo: e\n---\n"));

        Assert.Equal([null, "c", "a", "a", null], loaded.Workspace.Agents.Select(agent => agent.ReportsTo));
        Assert.Equal(["MW052 agents/a.md:2:12", "MW052 agents/e.md:2:12"], loaded.Places().Where(place => place.StartsWith("MW05", StringComparison.Ordinal)));
    }

    [Fact]
    public void Somebody_who_is_not_there_is_told_with_who_is()
    {
        var problem = Assert.Single(Folder.Load(("AGENTS.md", "x"), ("agents/a.md", "---\nreportsTo: zoe\n---\n"), ("agents/b.md", "b")).Problems);

        Assert.Equal(("MW051", Severity.Error, 2), (problem.Code, problem.Severity, problem.Line));
        Assert.Equal("name one of a, b, or nobody.", problem.Mend);
    }

    [Fact]
    public void Agents_are_known_by_id_name_title_and_file()
    {
        var loaded = Folder.Load(
            ("AGENTS.md", "x"), ("agents/boss.md", "---\nid: ceo\nname: Ada Lovelace\ntitle: Chief Executive\n---\n"),
            ("agents/a.md", "---\nreportsTo: Ada Lovelace\n---\n"), ("agents/b.md", "---\nreportsTo: chief-executive\n---\n"), ("agents/c.md", "---\nreportsTo: boss\n---\n"));

        Assert.Empty(loaded.Places());
        Assert.Equal([("a", "ceo"), ("b", "ceo"), ("ceo", null), ("c", "ceo")], loaded.Workspace.Agents.Select(agent => (agent.Id, agent.ReportsTo)));
    }

    [Fact]
    public void Two_agents_of_one_id_are_the_first_of_them()
    {
        var loaded = Folder.Load(("AGENTS.md", "x"), ("agents/a.md", "---\nname: First\ntools: []\n---\n"), ("agents/z.md", "---\nid: A\nname: Second\ntools: [\"*\"]\n---\n"));

        Assert.Equal(["First"], loaded.Workspace.Agents.Select(agent => agent.Name));
        Assert.Equal(["MW050 agents/z.md:1:1"], loaded.Places());
    }

    [Theory]
    [InlineData("* * * * *", "* * * * *")]
    [InlineData("*/15 9-17 1,15 jan-mar mon-fri", "*/15 9-17 1,15 jan-mar mon-fri")]
    [InlineData("@daily", "0 0 * * *")]
    [InlineData("0 0 * * 7", "0 0 * * 7")]
    [InlineData("0 0 * *", null)]
    [InlineData("0 0 * * * *", null)]
    [InlineData("60 0 * * *", null)]
    [InlineData("0 24 * * *", null)]
    [InlineData("0 0 0 * *", null)]
    [InlineData("0 0 30 2 *", null)]
    [InlineData("0 0 * 13 *", null)]
    [InlineData("0 0 * * 8", null)]
    [InlineData("5-1 * * * *", null)]
    [InlineData("*/0 * * * *", null)]
    [InlineData("*/99999999999 * * * *", null)]
    [InlineData("1--2 * * * *", null)]
    [InlineData(", * * * *", null)]
    [InlineData("0 0 L * *", null)]
    [InlineData("", null)]
    public void Schedules_are_five_fields_that_can_come(string text, string? fields) => Assert.Equal(fields, Cron.Check(text).Fields);

    [Theory]
    [InlineData("Europe/Vienna", true)]
    [InlineData("UTC", true)]
    [InlineData("Mars/Olympus", false)]
    [InlineData("../../etc/passwd", false)]
    [InlineData("/etc/localtime", false)]
    public void Time_zones_are_names_that_the_machine_knows(string name, bool isKnown) => Assert.Equal(isKnown, TimeZoneName.IsKnown(name));

    [Theory]
    [InlineData("tasks:\n- title: One\n- title: Two\n")]
    [InlineData("tasks:\n- title: One\n- title: Two\nowner: kim\n")]
    public void A_file_that_lists_tasks_is_those_tasks_whatever_else_it_says(string text) =>
        Assert.Equal(["One", "Two"], Folder.Load(("SYSTEM.md", "x"), ("tasks/all.yaml", text)).Workspace.Tasks.Select(task => task.Title));

    [Fact]
    public void What_names_something_that_is_not_there_is_told_where_it_does()
    {
        var loaded = Folder.Load(
            ("SYSTEM.md", "x"), ("company.yaml", "name: A\napprovals:\n  rules:\n    - deny: [x]\n      agents: [ghost]\n"),
            ("agents/a.md", "---\nskills:\n  - tea\n  - coffee\n---\n"),
            ("skills/tea/SKILL.md", "---\nname: tea\ndescription: d\nagent_owner: ghost\n---\n[a](references/a.md) [b](references/b.md) [up](../../../x.md) [web](https://a.b/c.md)\n"),
            ("skills/tea/references/a.md", "a"),
            ("runbooks/r.yaml", "name: R\nowner: ghost\nsteps:\n  - { do: x, skill: milk }\n"));

        Assert.Equal(
        [
            "MW053 agents/a.md:4:5", "MW051 company.yaml:4:1", "MW051 runbooks/r.yaml:2:8", "MW053 runbooks/r.yaml:4:21",
            "MW051 skills/tea/SKILL.md:4:14", "MW064 skills/tea/SKILL.md:6:26", "MW064 skills/tea/SKILL.md:6:48",
        ], loaded.Places());
    }
}
