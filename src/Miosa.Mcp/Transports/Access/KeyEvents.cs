using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;

namespace Miosa.Mcp.Transports.Access;

/// <summary>What the journal says of keys and tokens: whom they are for and what they may do, never their text or hash.</summary>
internal static class KeyEvents
{
    public static Task CreatedAsync(Journal journal, KeyInfo key, string by) => journal.AppendAsync(
        new JournalEvent($"{Word(key)}.created")
        {
            Workspace = Workspace(key),
            Principal = by,
            Data = new { key_id = key.Id, kind = key.Kind, key.Name, key.Scopes, key.Workspaces, key.Agent, read_only = key.ReadOnly, user_id = key.UserId, parent = key.Parent, expires_at = key.ExpiresAt },
        },
        CancellationToken.None);

    public static Task RevokedAsync(Journal journal, KeyInfo key, string by) => journal.AppendAsync(
        new JournalEvent($"{Word(key)}.revoked") { Workspace = Workspace(key), Principal = by, Data = new { key_id = key.Id, key.Name, user_id = key.UserId } }, CancellationToken.None);

    private static string Word(KeyInfo key) => key.Kind is CallerKind.Delegated ? "token" : "key";

    /// <summary>What is good for one workspace is that one's news; the rest is the host's, which no tenant reads.</summary>
    private static string? Workspace(KeyInfo key) => key.Workspaces is [var only] ? only : null;
}
