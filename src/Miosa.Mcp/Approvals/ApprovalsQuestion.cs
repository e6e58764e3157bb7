using System.Text.Json;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>What <c>miosa approvals</c> wants. Exactly one of them, and the passphrase where one was set.</summary>
internal sealed record ApprovalsQuestion
{
    public ApprovalsList? List { get; init; }

    public string? Show { get; init; }

    public ApprovalsDecision? Decide { get; init; }

    public ApprovalsList? Grants { get; init; }

    public string? RevokeGrant { get; init; }

    /// <summary>From now on answers at a terminal need this one.</summary>
    public string? NewPassphrase { get; init; }

    public string? Passphrase { get; init; }
}

/// <param name="State">Only these.</param>
/// <param name="Workspace">Only of this one.</param>
/// <param name="Before">The id of the last one that was seen.</param>
internal sealed record ApprovalsList(string? State, string? Workspace, string? Before);

/// <summary>An answer as a door brings it.</summary>
internal sealed record ApprovalsDecision
{
    public string Id { get; init; } = "";

    /// <summary>`approve`, `deny` or `revise`.</summary>
    public string Decision { get; init; } = "";

    /// <summary>The hash of what the person was shown; it must be what the request is about.</summary>
    public string? RequestFingerprint { get; init; }

    public string? Note { get; init; }

    public JsonElement? Arguments { get; init; }

    public ApprovalsGrant? Grant { get; init; }

    public Answer ToAnswer() => new()
    {
        Decision = Decision switch
        {
            "approve" => ApprovalState.Approved,
            "deny" => ApprovalState.Denied,
            "revise" => ApprovalState.RevisionRequested,
            _ => ApprovalState.Pending,
        },
        Note = Note,
        Shown = RequestFingerprint,
        Arguments = Arguments is { } edited ? Named(edited) : null,
        Grant = Grant is { } terms ? new GrantTerms { For = TimeSpan.FromSeconds(Math.Clamp(terms.ExpiresInSeconds, 0, 400_000_000)), Uses = terms.Uses, Same = terms.Same } : null,
    };

    /// <summary>Whoever sends other arguments does not mean the call as it was asked for, whatever it is that they sent.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Named(JsonElement arguments)
    {
        if (arguments.ValueKind is not JsonValueKind.Object)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, "The other arguments are not a JSON object.", "Send an object that names all arguments of the call; nothing was decided.");
        if (UnsoundJson.In(arguments))
            throw new ToolFailureException(
                ToolErrorCode.InvalidInput, "The other arguments hold half of a surrogate pair, a name twice in one object, or a number that no double holds.", "Mend them and answer again; nothing was decided.");
        return arguments.EnumerateObject().ToDictionary(argument => argument.Name, argument => argument.Value, StringComparer.Ordinal);
    }
}

/// <param name="ExpiresInSeconds">How long it holds.</param>
/// <param name="Uses">How often; as often as wanted if absent.</param>
/// <param name="Same">The arguments that must stay the same; all of them, and no others, if absent.</param>
internal sealed record ApprovalsGrant(long ExpiresInSeconds, int? Uses, IReadOnlyList<string>? Same);
