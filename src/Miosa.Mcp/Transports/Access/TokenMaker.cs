using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Transports.Access;

/// <summary>What somebody who makes a token may do. No token of theirs goes beyond any of it.</summary>
internal sealed record TokenMaker
{
    /// <summary>The key or token it is made with; null for the owner of the host.</summary>
    public string? KeyId { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>None named: all of them.</summary>
    public IReadOnlyList<string> Workspaces { get; init; } = [];

    /// <summary>Where the token is good for when nobody says.</summary>
    public string Workspace { get; init; } = Caller.DefaultWorkspace;

    public string? Agent { get; init; }

    public bool ReadOnly { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public int Depth { get; init; } = -1;

    public static TokenMaker Owner { get; } = new() { Scopes = [Calls.Scopes.All] };

    /// <summary>Somebody who connected with this key, and is held to what the connection said of itself too.</summary>
    public static TokenMaker Of(KeyGrant grant, Caller caller) => Of(grant) with
    {
        Workspace = caller.WorkspaceName,
        Agent = caller.Agent is { Length: > 0 } agent ? agent : grant.Entry.Agent,
        ReadOnly = caller.ReadOnly || grant.Entry.ReadOnly,
    };

    /// <summary>The owner of the host, making one on behalf of this key.</summary>
    public static TokenMaker Of(KeyGrant grant) => new()
    {
        KeyId = grant.Entry.Id,
        Scopes = grant.Entry.Scopes,
        Workspaces = grant.Entry.Workspaces,
        Workspace = KeyRules.Workspace(grant.Entry, asked: null) ?? Caller.DefaultWorkspace,
        Agent = grant.Entry.Agent,
        ReadOnly = grant.Entry.ReadOnly,
        ExpiresAt = grant.Entry.ExpiresAt,
        Depth = grant.Depth,
    };
}
