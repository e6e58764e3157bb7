using System.Text.Json;

namespace Miosa.Mcp.Approvals;

/// <summary>A person's answer to a request.</summary>
internal sealed record Answer
{
    public required ApprovalState Decision { get; init; }

    /// <summary>The hash of what the person was shown, where a door knows it.</summary>
    public string? Shown { get; init; }

    /// <summary>Why, for who asked.</summary>
    public string? Note { get; init; }

    /// <summary>Make the call with these instead.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Arguments { get; init; }

    /// <summary>And let such calls be made without asking, for a while.</summary>
    public GrantTerms? Grant { get; init; }
}

/// <summary>How far a standing consent goes.</summary>
internal sealed record GrantTerms
{
    public required TimeSpan For { get; init; }

    public int? Uses { get; init; }

    /// <summary>The arguments that must be as they were; null for all, which is the exact call.</summary>
    public IReadOnlyList<string>? Same { get; init; }
}
