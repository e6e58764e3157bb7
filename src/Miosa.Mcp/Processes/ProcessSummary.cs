namespace Miosa.Mcp.Processes;

/// <summary>A command in a list.</summary>
internal sealed record ProcessSummary
{
    public required string ProcessId { get; init; }

    public required string Status { get; init; }

    public int? ExitCode { get; init; }

    public string? Signal { get; init; }

    public required string SandboxId { get; init; }

    public required string Command { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required long DurationMs { get; init; }

    public static ProcessSummary From(ProcessRow row, TimeProvider time) => new()
    {
        ProcessId = row.Id,
        Status = row.Status,
        ExitCode = row.ExitCode,
        Signal = row.Signal,
        SandboxId = row.SandboxId,
        Command = row.Title,
        StartedAt = row.StartedAt,
        DurationMs = (long)((row.EndedAt ?? time.GetUtcNow()) - row.StartedAt).TotalMilliseconds,
    };
}

/// <summary>Some commands, and where to go on.</summary>
internal sealed record ProcessPage
{
    public required int Count { get; init; }

    public string? NextCursor { get; init; }

    public required IReadOnlyList<ProcessSummary> Processes { get; init; }

    /// <summary>Builds a page of rows that were asked for with one more than the page holds.</summary>
    public static ProcessPage From(IReadOnlyList<ProcessRow> rows, int limit, TimeProvider time) => new()
    {
        Count = Math.Min(rows.Count, limit),
        NextCursor = rows.Count > limit ? rows[limit - 1].Id : null,
        Processes = [.. rows.Take(limit).Select(row => ProcessSummary.From(row, time))],
    };
}

/// <summary>How much of an input a command took.</summary>
internal sealed record ProcessInputTaken
{
    public required string ProcessId { get; init; }

    public required int BytesTaken { get; init; }

    public required int BytesLeft { get; init; }

    public required string NextStep { get; init; }
}
