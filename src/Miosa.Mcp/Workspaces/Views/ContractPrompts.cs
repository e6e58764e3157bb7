using System.Globalization;
using System.Text;
using Miosa.Mcp.Calls;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>The agents, runbooks and skills of a contract as commands for people: small letters, digits, dashes.</summary>
internal sealed class ContractPrompts
{
    /// <summary>With a client's own prefix it stays within 64 characters.</summary>
    private const int LongestName = 48;

    private const int LongestText = 24_000;
    private const int MostArguments = 20;
    private readonly WorkspaceContract _contract;
    private readonly Dictionary<string, (PromptEntry Entry, Func<string> Text)> _byName = new(StringComparer.Ordinal);

    public ContractPrompts(WorkspaceContract contract)
    {
        _contract = contract;
        var workspace = contract.Workspace;
        foreach (var agent in workspace.Agents)
            Add("agent", agent.Id, agent.Name, ContractText.Line(agent), Task("What the agent is to do."), () => AgentWords(agent));
        foreach (var runbook in workspace.Runbooks)
            Add("runbook", runbook.Id, runbook.Name, ContractText.Line(runbook), Task("What is particular this time."), () => RunbookWords(runbook));
        foreach (var skill in workspace.Skills)
            Add("skill", skill.Name, skill.Name, ContractText.OneLine(skill.Description), Inputs(skill), () => SkillWords(skill));
        Entries = [.. _byName.Values.Select(prompt => prompt.Entry)];
    }

    /// <summary>Agents first: there are fewest of them.</summary>
    public IReadOnlyList<PromptEntry> Entries { get; }

    public PromptEntry? Find(string name) => _byName.TryGetValue(name, out var prompt) ? prompt.Entry : null;

    /// <summary>The message that a prompt becomes; what is wrong with the arguments is thrown.</summary>
    public string? Text(string name, IReadOnlyDictionary<string, string> arguments)
    {
        if (!_byName.TryGetValue(name, out var prompt))
            return null;
        var missing = prompt.Entry.Arguments.Where(argument => argument.Required && !arguments.ContainsKey(argument.Name)).Select(argument => argument.Name).ToList();
        if (missing.Count > 0)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"The prompt {name} needs {string.Join(", ", missing)}.", "Give them as arguments.");
        var text = new StringBuilder(Cut(prompt.Text()));
        if (arguments.Count > 0)
            text.Append("\n\n## What was given\n\n");
        foreach (var (key, value) in arguments)
            text.Append(CultureInfo.InvariantCulture, $"- {key}: {value}\n");
        return text.ToString();
    }

    private string AgentWords(Agent agent) =>
        $"Act as {agent.Name} of {_contract.Workspace.Company.Name} from now on: within its scope, by its standards, with its authority and no other, and escalate as it says. Read workspace_get first, if you have not.\n\n{ContractText.Agent(_contract.Workspace, agent)}";

    private string RunbookWords(Runbook runbook) =>
        $"Carry out this runbook of {_contract.Workspace.Company.Name}, step by step and in order. Say of each check whether it holds; stop and ask where one does not.\n\n{ContractText.Runbook(runbook)}";

    private string SkillWords(Skill skill) =>
        $"Use this skill of {_contract.Workspace.Company.Name}. Its files are read with skill_get, name `{skill.Name}`, file.\n\n{ContractText.Skill(skill)}";

    private void Add(string kind, string id, string title, string description, IReadOnlyList<PromptInput> arguments, Func<string> text)
    {
        var name = Name($"{kind}-{id}");
        for (var number = 2; _byName.ContainsKey(name); number++)
            name = Name($"{kind}-{id}"[..Math.Min($"{kind}-{id}".Length, LongestName - 5)] + string.Create(CultureInfo.InvariantCulture, $"-{number}"));
        _byName[name] = (new PromptEntry(name, ResultBudget.Start(title, 100), ResultBudget.Start(description, 300), arguments), text);
    }

    private static IReadOnlyList<PromptInput> Task(string description) => [new("task", description, Required: false)];

    private static IReadOnlyList<PromptInput> Inputs(Skill skill)
    {
        var inputs = skill.Inputs.Take(MostArguments)
            .Select(input => new PromptInput(Name(input.Name, keepUnderscores: true), ResultBudget.Start(input.Description ?? "", 200), input.Required && input.Default is null))
            .DistinctBy(input => input.Name).ToList();
        return inputs.Count > 0 ? inputs : Task("What it is to be used for.");
    }

    private static string Name(string text, bool keepUnderscores = false)
    {
        var name = new StringBuilder(text.Length);
        foreach (var c in text.ToLowerInvariant())
        {
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || (c is '_' && keepUnderscores))
                name.Append(c);
            else if (name.Length > 0 && name[^1] is not '-')
                name.Append('-');
        }
        var plain = name.ToString().TrimEnd('-');
        return plain.Length is 0 ? "unnamed" : plain[..Math.Min(plain.Length, LongestName)].TrimEnd('-');
    }

    private static string Cut(string text) =>
        text.Length <= LongestText ? text : $"{ResultBudget.First(text, LongestText)}\n\n({text.Length - LongestText} characters were left out; skill_get, agent_get and runbook_get have them.)";
}

/// <summary>A prompt as a list shows it.</summary>
internal sealed record PromptEntry(string Name, string Title, string Description, IReadOnlyList<PromptInput> Arguments);

/// <summary>Something that a prompt is told.</summary>
internal sealed record PromptInput(string Name, string Description, bool Required);
