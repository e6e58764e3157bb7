using System.Globalization;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Transports.Access;

/// <summary>What keys and tokens may be made, and for whom a connection with one counts. Pure: it knows no file and no clock.</summary>
internal static class KeyRules
{
    /// <summary>The name of the key that the host makes when it first starts.</summary>
    public const string FirstName = "first";

    public const int DefaultTokenSeconds = 3600;
    public const int LongestTokenSeconds = 86_400;
    public const int DeepestTokens = 8;

    private const long LongestKeySeconds = 10L * 366 * 86_400;
    private const int LongestName = 64;
    private const int LongestOther = 128;
    private const int MostNamed = 64;

    public static string Prefix(CallerKind kind) => kind switch
    {
        CallerKind.User => "msk_u_",
        CallerKind.Admin => "msk_a_",
        CallerKind.Platform => "msk_p_",
        CallerKind.Delegated => "msk_t_",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Nobody of this kind comes with a key."),
    };

    /// <summary>The key that was asked for, without an id and a hash yet.</summary>
    public static KeyEntry Key(KeyRequest request, DateTimeOffset now)
    {
        var kind = request.Kind switch
        {
            "user" => CallerKind.User,
            "admin" => CallerKind.Admin,
            "platform" => CallerKind.Platform,
            _ => throw Invalid("A key is of the kind user, admin or platform.", "Say --kind user for a person or the client they use, admin for who looks after others, platform for a program that serves people of its own."),
        };
        var scopes = SoundScopes(request.Scopes);
        if (scopes.Contains(Scopes.DecideApprovals) && (kind is CallerKind.Platform || !string.IsNullOrEmpty(request.Agent)))
            throw Invalid($"Only a person answers for others, so neither a program nor an agent is given {Scopes.DecideApprovals}.", "Make a key of the kind user or admin, without an agent, for the person, and keep it from agents.");
        if (request.ExpiresInSeconds is < 1 or > LongestKeySeconds)
            throw Invalid("A key lasts at least a second and at most ten years, or for good.", "Say a time such as 90d, 12h or 3600, or never.");
        return new KeyEntry
        {
            Id = "",
            Sha256 = "",
            Kind = kind,
            Name = SoundName(request.Name, "name", LongestName) ?? throw Invalid("A key has a name, by which people know it again.", "Give it one of at most 64 characters."),
            Scopes = scopes,
            Workspaces = [.. SoundList(request.Workspaces, "workspaces").Select(name => SoundName(name, "workspace", LongestOther) ?? throw Invalid("A workspace that is named has a name.", "Leave it out for all of them.")).Distinct(StringComparer.Ordinal)],
            Agent = SoundName(request.Agent, "agent", LongestOther),
            ReadOnly = request.ReadOnly,
            CreatedAt = now,
            ExpiresAt = request.ExpiresInSeconds is { } seconds ? now.AddSeconds(seconds) : null,
        };
    }

    /// <summary>The token that was asked for, if it is in nothing more than its maker.</summary>
    public static KeyEntry Token(TokenMaker maker, TokenRequest request, DateTimeOffset now)
    {
        var scopes = SoundScopes(request.Scopes);
        if (scopes.Contains(Scopes.DecideApprovals))
            throw Denied($"{Scopes.DecideApprovals} is a person's and cannot be handed on.", "Ask for a token without it; the person decides with a key of their own.");
        if (scopes.FirstOrDefault(scope => !Scopes.Grants(maker.Scopes, scope)) is { } beyond)
            throw Denied($"A token may not do more than its maker, who does not hold {beyond}.", $"Ask for some of these: {string.Join(", ", maker.Scopes.Where(scope => scope is not Scopes.DecideApprovals))}.");
        if (maker.Depth + 1 > DeepestTokens)
            throw Denied($"This token was made by a token, and so on {DeepestTokens} times.", "Make it with one that is nearer to the key.");

        var workspace = SoundName(request.WorkspaceId, "workspace_id", LongestOther) ?? maker.Workspace;
        if (maker.Workspaces.Count > 0 && !maker.Workspaces.Contains(workspace, StringComparer.Ordinal))
            throw Denied("A token is good for a workspace of its maker, and this one is not.", $"Say one of these as workspace_id: {string.Join(", ", maker.Workspaces)}.");
        var agent = SoundName(request.Agent, "agent", LongestOther);
        if (maker.Agent is not null && agent is not null && agent != maker.Agent)
            throw Denied($"Its maker acts as the agent {maker.Agent}, and so does every token of theirs.", "Leave agent out, or name that one.");
        if (request.ExpiresInSeconds is < 1 or > LongestTokenSeconds)
            throw Invalid($"A token lasts 1 to {LongestTokenSeconds.ToString(CultureInfo.InvariantCulture)} seconds.", "Ask for less; make another when it has ended.");

        var ends = now.AddSeconds(request.ExpiresInSeconds ?? DefaultTokenSeconds);
        var userId = SoundName(request.UserId, "user_id", LongestOther);
        return new KeyEntry
        {
            Id = "",
            Sha256 = "",
            Kind = CallerKind.Delegated,
            Name = userId is null ? "token" : $"token for {userId}",
            Scopes = scopes,
            Workspaces = [workspace],
            Agent = agent ?? maker.Agent,
            ReadOnly = request.ReadOnly || maker.ReadOnly,
            UserId = userId,
            Parent = maker.KeyId,
            CreatedAt = now,
            ExpiresAt = maker.ExpiresAt < ends ? maker.ExpiresAt : ends,
        };
    }

    /// <summary>The workspace that a connection works in: the one it asks for, if the key is good for it; else the usual one, or the key's first.</summary>
    public static string? Workspace(KeyEntry key, string? asked)
    {
        var wanted = SoundName(asked, "workspace", LongestOther);
        if (key.Workspaces.Count is 0)
            return wanted;
        if (wanted is null)
            return key.Workspaces.Contains(Caller.DefaultWorkspace, StringComparer.Ordinal) ? null : key.Workspaces[0];
        return key.Workspaces.Contains(wanted, StringComparer.Ordinal)
            ? wanted
            : throw Denied("This key is not good for the workspace that was named.", $"Name one of these in X-Miosa-Workspace: {string.Join(", ", key.Workspaces)}.");
    }

    /// <summary>The agent that a connection acts as: the key's where it has one, else the one that is claimed.</summary>
    public static string? Agent(KeyEntry key, string? claimed)
    {
        var wanted = SoundName(claimed, "agent", LongestOther);
        return key.Agent is null || wanted is null || wanted == key.Agent
            ? key.Agent ?? wanted
            : throw Denied($"This key is the agent {key.Agent}'s and no other's.", "Leave X-Miosa-Agent out, or take the other agent's key.");
    }

    private static List<string> SoundScopes(IReadOnlyList<string>? scopes)
    {
        if (scopes is not { Count: > 0 })
            throw Invalid("Without scopes it would open nothing.", $"Name at least one of these: {string.Join(", ", Scopes.Known)}.");
        foreach (var scope in SoundList(scopes, "scopes"))
        {
            if (scope is null || !Scopes.IsKnown(scope))
            {
                var near = scope is null ? null : Similarity.Nearest(scope, Scopes.Known);
                throw Invalid(
                    $"There is no scope '{Shown(scope)}'.", near is null ? $"There are these: {string.Join(", ", Scopes.Known)}." : $"Did you mean {near}? There are these: {string.Join(", ", Scopes.Known)}.");
            }
        }

        return [.. scopes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static IReadOnlyList<string> SoundList(IReadOnlyList<string>? list, string what) =>
        list is { Count: > MostNamed } ? throw Invalid($"At most {MostNamed} {what} can be named.", "Name fewer.") : list ?? [];

    /// <summary>The text, null for an empty one. Names stand in headers, logs and records, so they are plain.</summary>
    private static string? SoundName(string? text, string what, int longest)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        return text.Length <= longest && PlainText.IsLine(text) && text.Trim() == text && !text.StartsWith("msk_", StringComparison.OrdinalIgnoreCase)
            ? text
            : throw Invalid($"The {what} is at most {longest.ToString(CultureInfo.InvariantCulture)} characters, without control characters, spaces around it or a key for its beginning.", "Take a plain name.");
    }

    /// <summary>Somebody may have put a key where a scope belongs, and what is said here may be seen by others.</summary>
    private static string Shown(string? text) => text is null || text.Contains("msk_", StringComparison.OrdinalIgnoreCase) ? "…" : ResultBudget.Start(text, 40);

    private static ToolFailureException Invalid(string message, string next) => new(ToolErrorCode.InvalidInput, message, next);

    private static ToolFailureException Denied(string message, string next) => new(ToolErrorCode.Denied, message, next);
}
