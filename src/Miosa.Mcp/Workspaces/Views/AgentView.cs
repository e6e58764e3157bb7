using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>An agent's file as an answer; without a name asked for, those there are.</summary>
internal sealed record AgentView
{
    public string? Id { get; init; }

    public string? ReportsTo { get; init; }

    public string? NextStep { get; init; }

    public string? NextCursor { get; init; }

    public required string Text { get; init; }

    public static AgentView Of(Workspace workspace, Agent agent, string? cursor)
    {
        var page = TextPage.Of(ContractText.Agent(workspace, agent), cursor, Answers.Text);
        return new AgentView { Id = agent.Id, ReportsTo = agent.ReportsTo, NextCursor = page.NextCursor, NextStep = Answers.More(page), Text = page.Text };
    }

    public static AgentView All(Workspace workspace, string? cursor)
    {
        var page = TextPage.Of(ContractText.Agents(workspace), cursor, Answers.Text);
        return new AgentView { NextCursor = page.NextCursor, NextStep = Answers.More(page), Text = page.Text };
    }
}
