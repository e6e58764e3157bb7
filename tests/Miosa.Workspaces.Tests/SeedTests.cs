namespace Miosa.Workspaces.Tests;

public sealed class SeedTests
{
    private static readonly (string, string)[] Acme =
    [
        ("SYSTEM.md", "# Acme\n\nYou work for Acme.\n"),
        ("company.yaml", """
            name: Acme Pumps
            mission: Water where there is none
            issue_prefix: ACME-
            offers:
              - name: Hand pump
                price: 120
            budget:
              monthly_usd: 400
              per_agent_usd: null
            approvals:
              mode: confirm-risky
              rules:
                - deny: ["*_delete"]
                  agents: [sales]
                  reason: Sales deletes nothing.
            primary_device:
              type: sandbox
              template: nextjs
              fallback: computer
            connectors: [gmail]
            """),
        ("agents/founder.md", "---\nname: Ada\nrole: Founder\n---\n# Ada\n\n## Scope\n- Everything\n"),
        ("agents/sales.md", """
            ---
            name: Sam
            title: Head of Sales
            reportsTo: founder
            tools: [sandbox_exec, "file*"]
            skills: [write-proposal]
            budget: 50
            devices: [use, create]
            ---
            # Sam

            ## Authority
            - Discounts up to 10%
            - Meetings

            ## Escalation
            Anything legal goes to Ada.
            """),
        ("skills/write-proposal/SKILL.md", """
            ---
            name: write-proposal
            description: Writes a proposal. Use it when a lead asks for a price.
            metadata:
              inputs: client, budget
            ---
            # Write a proposal

            See [the tone](references/tone.md).

            ## Outputs
            - `artifacts/proposal.md`: the proposal
            """),
        ("skills/write-proposal/references/tone.md", "Short."),
        ("skills/write-proposal/scripts/price.py", "print(1)"),
        ("runbooks/monday.md", "---\nname: Monday\nschedule: \"0 9 * * 1\"\ntimezone: Europe/Vienna\nowner: sales\n---\n## Steps\n1. Read the pipeline\n2. Write to Ada\n\n## Checks\n- Ada has answered\n"),
        ("runbooks/close.yaml", "name: Close the month\nsteps:\n  - do: Count\n    skill: write-proposal\n  - Send\nchecks: [Sent]\n"),
        ("artifacts/proposal.md", "x"),
        ("receipts/1.json", "{}"),
    ];

    [Fact]
    public void A_company_as_we_write_it_loads_whole_and_without_a_problem()
    {
        var loaded = Folder.Load(Acme);
        var workspace = loaded.Workspace;

        Assert.Empty(loaded.Places());
        Assert.Equal("# Acme\n\nYou work for Acme.\n", workspace.BootText);
        Assert.Equal(["SYSTEM.md"], workspace.BootFiles);
        Assert.Equal([Dialect.Miosa, Dialect.Canopy], workspace.Dialects);
        Assert.Equal(("Acme Pumps", "acme-pumps", "ACME-"), (workspace.Company.Name, workspace.Company.Slug, workspace.Company.IssuePrefix));
        Assert.Equal(new Fact.Number("120"), workspace.Company.Facts.At("offers.0.price"));
        Assert.Equal(new Budget { Limit = new BudgetLimit.Amount(400), PerAgent = BudgetLimit.Unlimited.Value }, workspace.Company.Budget);
        Assert.Equal(new PrimaryDevice { Kind = DeviceKind.Sandbox, Template = "nextjs", Fallback = DeviceKind.Computer }, workspace.Company.PrimaryDevice);
        Assert.Equal(["founder", "sales"], workspace.Agents.Select(agent => agent.Id));
        Assert.Equal(["monday", "close"], workspace.Runbooks.OrderByDescending(runbook => runbook.Id).Select(runbook => runbook.Id));
        Assert.Equal((1, 1L), (workspace.Artifacts.Files, workspace.Artifacts.Bytes));
        Assert.Equal(1, workspace.Receipts.Files);
    }

    [Fact]
    public void An_agent_is_what_its_fields_and_headings_say()
    {
        var sales = Folder.Load(Acme).Workspace.FindAgent("SALES")!;

        Assert.Equal(("Sam", "Head of Sales", "founder"), (sales.Name, sales.Title, sales.ReportsTo));
        Assert.Equal(["Discounts up to 10%", "Meetings"], sales.Authority);
        Assert.Equal(["Anything legal goes to Ada."], sales.Escalation);
        Assert.Equal(["sandbox_exec", "file*"], sales.Tools.Allow);
        Assert.Equal(["devices:use", "devices:create"], sales.DevicePermissions!);
        Assert.Equal(new BudgetLimit.Amount(50), sales.Budget.Limit);
    }

    [Fact]
    public void A_skill_has_inputs_named_outputs_references_and_scripts()
    {
        var skill = Folder.Load(Acme).Workspace.FindSkill("write-proposal")!;

        Assert.Equal([new SkillInput("client"), new SkillInput("budget")], skill.Inputs);
        Assert.Equal([new SkillOutput("artifacts/proposal.md", "the proposal", "artifacts/proposal.md")], skill.Outputs);
        Assert.Equal([new SkillFile("references/tone.md", "skills/write-proposal/references/tone.md", 6)], skill.References);
        Assert.Equal(["scripts/price.py"], skill.Scripts.Select(file => file.Name));
    }

    [Fact]
    public void A_runbook_has_steps_checks_and_a_schedule_in_either_form()
    {
        var workspace = Folder.Load(Acme).Workspace;
        var (monday, close) = (workspace.FindRunbook("monday")!, workspace.FindRunbook("close")!);

        Assert.Equal(["Read the pipeline", "Write to Ada"], monday.Steps.Select(step => step.Text));
        Assert.Equal(["Ada has answered"], monday.Checks);
        Assert.Equal(new Schedule("0 9 * * 1", "Europe/Vienna"), monday.Schedule);
        Assert.Equal([("Count", "write-proposal"), ("Send", null)], close.Steps.Select(step => (step.Text, step.Skill)));
    }

    [Fact]
    public void On_disk_it_is_the_same_as_in_memory()
    {
        var disk = new WorkspaceLoader(Folder.Disk(Acme)).Load("/w/acme");

        Assert.Empty(disk.Places());
        Assert.Equal(Folder.Load(Acme).Workspace.Fingerprint, disk.Workspace.Fingerprint);
    }
}
