using System.Globalization;
using System.Text;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>Parts of a contract as a person or a model reads them: Markdown, the same in resources, prompts and tools.</summary>
internal static class ContractText
{
    public static string Company(Company company)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"# {company.Name}\n");
        Field(text, "Mission", company.Mission);
        Field(text, "Description", company.Description);
        Field(text, "Budget", Budget(company.Budget));
        Field(text, "Asks a person", company.Approvals.Mode is { } mode ? Word(mode.ToString()) : null);
        Field(text, "Goals", company.Goals);
        text.Append(CultureInfo.InvariantCulture, $"\n## Facts\n\n```json\n{FactJson.Write(company.Facts, indented: true)}\n```\n");
        return text.ToString();
    }

    public static string Agents(Workspace workspace)
    {
        var text = new StringBuilder("# Agents\n\n");
        foreach (var agent in workspace.Agents)
            text.Append(CultureInfo.InvariantCulture, $"- `{agent.Id}`: {Line(agent)}{(agent.ReportsTo is { } chief ? $" Reports to `{chief}`." : "")}\n");
        return text.Append(workspace.Agents.Count is 0 ? "The contract has none.\n" : "\nRead one with agent_get or workspace://agents/ID.\n").ToString();
    }

    public static string Agent(Workspace workspace, Agent agent)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"# {agent.Name}\n");
        Field(text, "Title", agent.Title);
        Field(text, "Role", agent.Role);
        Field(text, "Description", agent.Description);
        Field(text, "Reports to", agent.ReportsTo);
        Field(text, "Reports", [.. workspace.Agents.Where(other => string.Equals(other.ReportsTo, agent.Id, StringComparison.OrdinalIgnoreCase)).Select(other => other.Id)]);
        Field(text, "Scope", agent.Scope);
        Field(text, "Authority", agent.Authority);
        Field(text, "Standards", agent.Standards);
        Field(text, "Escalation", agent.Escalation);
        Field(text, "Tools", Tools(workspace.ToolsOf(agent.Id)));
        Field(text, "Skills", agent.Skills);
        Field(text, "Connectors", agent.Connectors);
        Field(text, "Devices", agent.DevicePermissions is { } devices ? devices.Count is 0 ? "none" : string.Join(", ", devices) : null);
        Field(text, "Budget", Budget(agent.Budget));
        Field(text, "Runtime", agent.Runtime);
        Field(text, "Model", agent.Model);
        return text.Append('\n').Append(agent.Body).ToString();
    }

    public static string Skills(Workspace workspace)
    {
        var text = new StringBuilder("# Skills\n\n");
        foreach (var skill in workspace.Skills)
            text.Append(CultureInfo.InvariantCulture, $"- `{skill.Name}`: {OneLine(skill.Description)}\n");
        return text.Append(workspace.Skills.Count is 0 ? "The contract has none.\n" : "\nRead one with skill_get or workspace://skills/NAME when its description fits the task.\n").ToString();
    }

    /// <summary>What a skill is, before its body.</summary>
    public static string SkillHead(Skill skill)
    {
        var text = new StringBuilder();
        Field(text, "Inputs", [.. skill.Inputs.Select(input => $"{input.Name}{(input.Required ? " (required)" : "")}{(input.Description is { } words ? $": {words}" : "")}")]);
        Field(text, "Outputs", [.. skill.Outputs.Select(output => $"{output.Name}{(output.Path is { } path ? $" in {path}" : "")}{(output.Description is { } words ? $": {words}" : "")}")]);
        Field(text, "Allowed tools", skill.AllowedTools);
        Field(text, "Compatibility", skill.Compatibility);
        return text.ToString();
    }

    public static string Skill(Skill skill)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"# {skill.Name}\n\n{skill.Description}\n").Append(SkillHead(skill)).Append('\n').Append(skill.Body);
        var files = skill.References.Concat(skill.Scripts).Concat(skill.Assets).ToList();
        if (files.Count > 0)
            text.Append("\n\n## Files of this skill\n\n").AppendJoin("", files.Select(file => $"- `{file.Name}` ({file.Bytes} bytes)\n"));
        return text.ToString();
    }

    public static string Runbooks(Workspace workspace)
    {
        var text = new StringBuilder("# Runbooks\n\n");
        foreach (var runbook in workspace.Runbooks)
            text.Append(CultureInfo.InvariantCulture, $"- `{runbook.Id}`: {Line(runbook)}{(runbook.Schedule is { } schedule ? $" Runs at `{schedule.Cron}` ({schedule.TimeZone})." : "")}\n");
        return text.Append(workspace.Runbooks.Count is 0 ? "The contract has none.\n" : "\nRead one with runbook_get or workspace://runbooks/ID.\n").ToString();
    }

    public static string Runbook(Runbook runbook)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"# {runbook.Name}\n");
        Field(text, "Description", runbook.Description);
        Field(text, "Owner", runbook.Owner);
        Field(text, "Schedule", runbook.Schedule is { } schedule ? $"{schedule.Cron} ({schedule.TimeZone})" : null);
        if (runbook.Body.Trim().Length > 0)
            text.Append('\n').Append(runbook.Body.TrimEnd()).Append('\n');
        else if (runbook.Steps.Count > 0)
            text.Append("\n## Steps\n\n").AppendJoin("", runbook.Steps.Select((step, at) => $"{at + 1}. {Step(step)}\n"));
        if (runbook.Checks.Count > 0)
            text.Append("\n## Done when\n\n").AppendJoin("", runbook.Checks.Select(check => $"- {check}\n"));
        return text.ToString();
    }

    public static string Problems(WorkspaceContract contract)
    {
        var text = new StringBuilder("# Problems\n\n");
        foreach (var problem in contract.Loaded.Problems)
            text.Append(CultureInfo.InvariantCulture, $"- {problem}\n");
        foreach (var note in contract.Notes)
            text.Append(CultureInfo.InvariantCulture, $"- {note}\n");
        return contract.Loaded.Problems.Count + contract.Notes.Count is 0 ? text.Append("There are none.\n").ToString() : text.ToString();
    }

    /// <summary>The files of a folder that holds no part of the contract, such as artifacts.</summary>
    public static string Files(WorkspaceContract contract, string folder)
    {
        const int most = 500;
        var files = contract.Files.Where(file => file.Key.StartsWith(folder + "/", StringComparison.Ordinal)).OrderBy(file => file.Key, StringComparer.Ordinal).ToList();
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"# {folder}\n\n");
        foreach (var (path, file) in files.Take(most))
            text.Append(CultureInfo.InvariantCulture, $"- `{path}` ({file.Size} bytes)\n");
        return files.Count is 0 ? text.Append("There are none.\n").ToString()
            : files.Count > most ? text.Append(CultureInfo.InvariantCulture, $"\n{files.Count - most} more are not listed.\n").ToString()
            : text.ToString();
    }

    /// <summary>An agent in one line of a list.</summary>
    public static string Line(Agent agent) => OneLine(agent.Title is { } title && agent.Description is { } words ? $"{title}. {words}" : agent.Title ?? agent.Description ?? agent.Role ?? agent.Name);

    /// <summary>A runbook in one line of a list.</summary>
    public static string Line(Runbook runbook) => OneLine(runbook.Description ?? runbook.Name);

    public static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Tools(ToolAuthority tools) => tools.Origin switch
    {
        ToolOrigin.Host => tools.Deny.Count is 0 ? "all that this server offers" : $"all that this server offers, except {string.Join(", ", tools.Deny)}",
        _ => $"{(tools.Allow.Count is 0 ? "none" : string.Join(", ", tools.Allow))}{(tools.Deny.Count is 0 ? "" : $"; never {string.Join(", ", tools.Deny)}")}",
    };

    private static string? Budget(Budget budget) => budget.Limit switch
    {
        BudgetLimit.Amount(var value) => string.Create(CultureInfo.InvariantCulture, $"{value} {budget.Currency} a {Word(budget.Period.ToString())}"),
        BudgetLimit.Unlimited => "unlimited",
        _ => null,
    };

    private static string Step(RunbookStep step) =>
        step.Text + (step.Skill is { } skill ? $" (skill `{skill}`)" : "") + (step.Agent is { } agent ? $" (by `{agent}`)" : "") + (step.Check is { } check ? $" Check: {check}" : "");

    private static string Word(string name) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    private static void Field(StringBuilder text, string name, string? value)
    {
        if (value is { Length: > 0 })
            text.Append(CultureInfo.InvariantCulture, $"\n**{name}:** {value}\n");
    }

    private static void Field(StringBuilder text, string name, IReadOnlyList<string> values)
    {
        if (values.Count is 1)
            Field(text, name, values[0]);
        else if (values.Count > 1)
            text.Append(CultureInfo.InvariantCulture, $"\n**{name}:**\n").AppendJoin("", values.Select(value => $"- {value}\n"));
    }
}
