using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>A runbook as an answer; without a name asked for, those there are.</summary>
internal sealed record RunbookView
{
    public string? Id { get; init; }

    public string? Owner { get; init; }

    /// <summary>When it runs by itself, as cron has it, and in which time zone.</summary>
    public string? Schedule { get; init; }

    public string? NextStep { get; init; }

    public string? NextCursor { get; init; }

    public required string Text { get; init; }

    public static RunbookView Of(Runbook runbook, string? cursor)
    {
        var page = TextPage.Of(ContractText.Runbook(runbook), cursor, Answers.Text);
        return new RunbookView
        {
            Id = runbook.Id,
            Owner = runbook.Owner,
            Schedule = runbook.Schedule is { } schedule ? $"{schedule.Cron} {schedule.TimeZone}" : null,
            NextCursor = page.NextCursor,
            NextStep = Answers.More(page),
            Text = page.Text,
        };
    }

    public static RunbookView All(Workspace workspace, string? cursor)
    {
        var page = TextPage.Of(ContractText.Runbooks(workspace), cursor, Answers.Text);
        return new RunbookView { NextCursor = page.NextCursor, NextStep = Answers.More(page), Text = page.Text };
    }
}
