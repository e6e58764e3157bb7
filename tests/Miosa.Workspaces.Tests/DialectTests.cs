namespace Miosa.Workspaces.Tests;

public sealed class DialectTests
{
    [Fact]
    public void Canopy_and_heuresis_load_with_budget_governance_compartments_tasks_and_triggers()
    {
        var loaded = Folder.Load(
            ("SYSTEM.md", "---\nversion: 2\n---\n# Growth\n"),
            ("INVARIANTS.md", "Never lie.\n"),
            ("company.yaml", """
                name: Growth Operator
                slug: growth
                issue_prefix: GRO-
                budget: { monthly_usd: 300, per_agent_usd: 40, enforcement: stop }
                governance:
                  board_approval_required: [hire_agent]
                  immutable_log: true
                  escalation_chain: [ceo]
                  signal_threshold: 0.8
                creator_identity_matrix:
                  weight: 12
                  voice: dry
                """),
            ("agents/ceo.md", "---\nid: ceo\nname: CEO\nreportsTo: board\nadapter: claude_code\nsignal: \"S=(M,G,T,F,W)\"\ntools: [read, bash]\ncontext_tier: l1\n---\n# Identity & Memory\n"),
            ("skills/content/hook/SKILL.md", "---\nname: hook\ndescription: Writes hooks.\ncommand: /hook\ntier: 2\nagent_owner: ceo\nsignal_5tuple: { mode: linguistic }\nbanned_when: [tired]\n---\nDo.\n"),
            ("skills/content/hook/adapters/codex.md", "x"),
            ("teams/media/TEAM.md", "---\nname: Media\nmanager: ceo\n---\n"),
            ("tasks/GRO-1.yaml", "id: GRO-1\ntitle: Weekly report\nassignee: ceo\npriority: high\nschedule: { cron: \"0 8 * * mon\", timezone: America/New_York }\n"),
            ("workflows/launch.md", "# Launch\n"),
            ("paperclip.manifest.yaml", "apiVersion: workspace/v1\nkind: PaperclipManifest\ntriggers:\n  - { name: daily, type: cron, schedule: \"0 6 * * *\", skill: /hook, args: { n: 3 } }\n  - { name: lead, type: webhook, skill: /hook }\n"));
        var workspace = loaded.Workspace;

        Assert.Empty(loaded.Places());
        Assert.Equal([Dialect.Miosa, Dialect.Canopy, Dialect.Heuresis], workspace.Dialects);
        Assert.Equal([new Compartment("creator_identity_matrix", 12, workspace.Company.Facts["creator_identity_matrix"]!)], workspace.Company.Compartments);
        Assert.Equal(BudgetEnforcement.Stop, workspace.Company.Budget.Enforcement);
        Assert.Equal(new Fact.Number("0.8"), workspace.Company.Governance.Extra["signal_threshold"]);
        Assert.Equal(("ceo", "claude_code", null), (workspace.Agents[0].Id, workspace.Agents[0].Runtime, workspace.Agents[0].ReportsTo));
        Assert.Equal(["signal", "context_tier"], workspace.Agents[0].Extra.Fields.Select(field => field.Key));
        Assert.Equal(("hook", "hook"), (workspace.Skills[0].Name, workspace.Skills[0].Command));
        Assert.Equal(["tier", "signal_5tuple", "banned_when"], workspace.Skills[0].Extra.Fields.Select(field => field.Key));
        Assert.Equal(["adapters/codex.md"], workspace.Skills[0].Assets.Select(file => file.Name));
        Assert.Equal(new Schedule("0 8 * * mon", "America/New_York"), workspace.Tasks[0].Schedule);
        Assert.Equal([("daily", TriggerKind.Cron), ("lead", TriggerKind.Webhook)], workspace.Triggers.Select(trigger => (trigger.Name, trigger.Kind)));
        Assert.Equal([InstructionKind.Rules, InstructionKind.Workflow], workspace.Instructions.Select(file => file.Kind));
        Assert.Equal("ceo", workspace.Teams[0].Manager);
        // What the specification of skills minds is told only when it is asked for.
        Assert.Contains(loaded.StrictProblems, problem => problem is { Code: "MW069", Line: 5 });
    }

    [Fact]
    public void Agent_companies_load_with_their_package_sidecar_and_routines()
    {
        var loaded = Folder.Load(
            ("COMPANY.md", "---\nname: Lean Dev\ndescription: A shop\nslug: lean-dev\nschema: agentcompanies/v1\ngoals: [Ship]\nsources:\n  - kind: github-file\n    repo: a/b\n    path: x.md\n    commit: abc\n    license: MIT\n    usage: referenced\n---\nWe ship.\n"),
            ("agents/ceo/AGENTS.md", "---\nname: The Chief\ntitle: CEO\nreportsTo: null\nskills: [review]\n---\nLead.\n"),
            ("agents/ceo/HEARTBEAT.md", "Look at the queue."),
            ("agents/dev/AGENTS.md", "---\nname: Dev\nreportsTo: ceo\n---\nBuild.\n"),
            ("teams/eng/TEAM.md", "---\nname: Eng\nmanager: ../../agents/ceo/AGENTS.md\nincludes: [../../agents/dev/AGENTS.md]\n---\n"),
            ("projects/site/PROJECT.md", "---\nname: Site\nowner: dev\n---\n"),
            ("projects/site/tasks/weekly/TASK.md", "---\nname: Weekly\nassignee: dev\nproject: site\nrecurring: true\n---\nDo.\n"),
            ("skills/review/SKILL.md", "---\nname: review\ndescription: Reviews.\n---\n"),
            (".paperclip.yaml", "schema: paperclip/v1\nagents:\n  dev:\n    adapter: { type: codex_local }\nroutines:\n  weekly:\n    triggers:\n      - { kind: schedule, cronExpression: \"0 9 * * 1\", timezone: UTC }\n"));
        var workspace = loaded.Workspace;

        Assert.Empty(loaded.Places());
        Assert.Equal([Dialect.AgentCompanies], workspace.Dialects);
        Assert.Equal("We ship.\n", workspace.BootText);
        Assert.Equal([("ceo", "The Chief", null, null), ("dev", "Dev", "ceo", "codex_local")], workspace.Agents.Select(agent => (agent.Id, agent.Name, agent.ReportsTo, agent.Runtime)));
        Assert.Equal(("ceo", "dev"), (workspace.Teams[0].Manager, workspace.Teams[0].Members[0]));
        Assert.Equal(("weekly", "dev", true), (workspace.Tasks[0].Id, workspace.Tasks[0].Assignee, workspace.Tasks[0].Recurring));
        Assert.Equal(("weekly", new Schedule("0 9 * * 1")), (workspace.Triggers[0].Task, workspace.Triggers[0].Schedule));
        Assert.Equal("abc", workspace.Company.Sources[0].Commit);
        Assert.Equal(InstructionKind.Heartbeat, workspace.Instructions[0].Kind);
    }

    [Fact]
    public void Openclaw_is_one_agent_with_a_soul()
    {
        var loaded = Folder.Load(
            ("AGENTS.md", "# Rules\n"), ("SOUL.md", "Be kind.\n"), ("IDENTITY.md", "- **Name:** Robin\n- **Creature:** fox\n"), ("USER.md", "Kim.\n"),
            ("MEMORY.md", "Kim likes tea.\n"), ("memory/2026-11-01.md", "Tea.\n"), ("HEARTBEAT.md", "Look.\n"), ("skills/tea/SKILL.md", "---\nname: tea\ndescription: Makes tea.\n---\n"));
        var workspace = loaded.Workspace;

        Assert.Empty(loaded.Places());
        Assert.Equal([Dialect.OpenClaw, Dialect.AgentsMd], workspace.Dialects);
        Assert.Equal(["AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md"], workspace.BootFiles);
        Assert.Equal([("robin", "Robin", "fox", "openclaw")], workspace.Agents.Select(agent => (agent.Id, agent.Name, agent.Role, agent.Runtime)));
        Assert.Equal(["HEARTBEAT.md", "MEMORY.md", "memory/2026-11-01.md"], workspace.Instructions.Select(file => file.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("AGENTS.md")]
    [InlineData("CLAUDE.md")]
    public void A_plain_file_for_agents_is_a_contract(string name)
    {
        var loaded = Folder.Load((name, "Use tabs.\n"), ("src/main.c", "int main;"));

        Assert.Empty(loaded.Places());
        Assert.Equal("Use tabs.\n", loaded.Workspace.BootText);
        Assert.Equal("Acme", loaded.Workspace.Company.Name);
        Assert.Equal([Dialect.AgentsMd], loaded.Workspace.Dialects);
    }

    [Theory]
    [InlineData(".agents/skills")]
    [InlineData(".claude/skills")]
    [InlineData(".codex/skills")]
    [InlineData(".opencode/skills")]
    [InlineData(".opencode/skill")]
    [InlineData(".some-client-of-tomorrow/skills")]
    public void Skills_are_found_wherever_clients_keep_them(string folder)
    {
        var loaded = Folder.Load(("AGENTS.md", "x"), ($"{folder}/tea/SKILL.md", "---\nname: tea\ndescription: Makes tea.\n---\n"));

        Assert.Equal(["tea"], loaded.Workspace.Skills.Select(skill => skill.Name));
        Assert.Contains(Dialect.AgentSkills, loaded.Workspace.Dialects);
    }

    [Fact]
    public void The_contracts_own_skill_goes_before_a_clients()
    {
        var loaded = Folder.Load(
            ("AGENTS.md", "x"),
            (".claude/skills/tea/SKILL.md", "---\nname: tea\ndescription: Other.\n---\n"),
            ("skills/tea/SKILL.md", "---\nname: tea\ndescription: Ours.\n---\n"));

        Assert.Equal(["Ours."], loaded.Workspace.Skills.Select(skill => skill.Description));
        Assert.Equal(["MW063 .claude/skills/tea/SKILL.md:1:1"], loaded.Places());
    }

    [Fact]
    public void A_folder_without_a_contract_says_so() =>
        Assert.Equal(["MW010 :1:1"], Folder.Load(("src/main.c", "int main;")).Places());
}
