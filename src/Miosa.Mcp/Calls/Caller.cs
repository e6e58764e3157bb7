using System.Text.Json.Serialization;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Calls;

/// <summary>Who makes a call, and through which door.</summary>
internal sealed record Caller
{
    /// <summary>Where a transport leaves the caller in <see cref="MessageContext.Items"/>.</summary>
    public const string ItemKey = "miosa.caller";

    /// <summary>The transport name of the unix socket behind <c>miosa mcp</c>.</summary>
    public const string Stdio = "stdio";

    /// <summary>The transport name of Streamable HTTP.</summary>
    public const string Http = "http";

    /// <summary>The workspace of those who name none.</summary>
    public const string DefaultWorkspace = "default";

    /// <summary>Who is asking, as receipts name them: <c>local:1000</c>, <c>key:4f2a…</c> or <c>token:…</c>.</summary>
    public required string Principal { get; init; }

    /// <summary>How the call came in: <see cref="Stdio"/> or <see cref="Http"/>.</summary>
    public required string Transport { get; init; }

    public CallerKind Kind { get; init; } = CallerKind.User;

    /// <summary>What it may do, in the words of <see cref="Calls.Scopes"/>. Nothing, until somebody said what.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The key or token it came with; null for who comes over the socket.</summary>
    public string? KeyId { get; init; }

    /// <summary>The key or token that made this one; null for what a person made.</summary>
    public string? Parent { get; init; }

    /// <summary>Whom its maker says that a token is for. A name, not a right.</summary>
    public string? UserId { get; init; }

    /// <summary>Comes when the key ends, by its time or a person's hand. What waits for this caller, or was left to it, ends with it.</summary>
    [JsonIgnore]
    public CancellationToken Ended { get; init; }

    public string? Workspace { get; init; }

    /// <summary>The workspace whose things this caller may see.</summary>
    public string WorkspaceName => string.IsNullOrEmpty(Workspace) ? DefaultWorkspace : Workspace;

    public string? Agent { get; init; }

    /// <summary>The call at hand; the pipeline sets it.</summary>
    public string? CallId { get; init; }

    /// <summary>The toolsets this caller asked for. Empty means the default ones.</summary>
    public IReadOnlyList<string> Toolsets { get; init; } = [];

    /// <summary>Only tools that change nothing may be seen and called.</summary>
    public bool ReadOnly { get; init; }

    public string? ClientName { get; init; }

    public string? ClientVersion { get; init; }

    /// <summary>The directory a stdio client was started in. Advice only: it is never opened on a caller's word.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>
    /// Somebody who speaks for themselves and so may answer for others, if a scope lets them: not an agent, not a program,
    /// not what was made to act for somebody.
    /// </summary>
    public bool IsPerson => Kind is CallerKind.Local or CallerKind.User or CallerKind.Admin && string.IsNullOrEmpty(Agent);

    /// <summary>Whether it holds this scope. The right to decide is a person's alone, whatever is written on a key.</summary>
    public bool May(string scope) =>
        Calls.Scopes.Grants(Scopes, scope) && (scope is not Calls.Scopes.DecideApprovals || IsPerson);

    /// <summary>The caller of the message at hand, with the client's name as far as the client told it.</summary>
    public static Caller Of(MessageContext context)
    {
        if (context.Items.TryGetValue(ItemKey, out var item) && item is Caller caller)
        {
            var client = context.Server.ClientInfo;
            return client is null ? caller : caller with { ClientName = client.Name, ClientVersion = client.Version };
        }

        throw new InvalidOperationException("A message reached the pipeline through a transport that names no caller.");
    }
}
