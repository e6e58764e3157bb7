namespace Miosa.Mcp.Calls;

/// <summary>What keys and tokens may be allowed to do, in words, and which tools each word opens.</summary>
internal static class Scopes
{
    /// <summary>Every tool. The rights over other callers are not in it: they have to be named.</summary>
    public const string All = "*";

    /// <summary>To answer what others ask for. Only a person's.</summary>
    public const string DecideApprovals = "approvals:decide";

    /// <summary>To make, list and revoke anybody's keys.</summary>
    public const string ManageKeys = "keys:manage";

    /// <summary>To make tokens that may do less.</summary>
    public const string CreateTokens = "tokens:create";

    /// <summary>Whether somebody who holds these holds that one.</summary>
    public static bool Grants(IReadOnlyList<string> held, string scope) =>
        held.Contains(scope, StringComparer.Ordinal) || (held.Contains(All, StringComparer.Ordinal) && !IsOverOthers(scope));

    /// <summary>Whether the caller's scopes open the tool at all. What asks a person is another question.</summary>
    public static bool Allows(Caller caller, CapabilityAttribute capability) =>
        caller.Scopes.Contains(All, StringComparer.Ordinal);

    /// <summary>Such a scope is never part of another.</summary>
    public static bool IsOverOthers(string scope) => scope is DecideApprovals or ManageKeys;
}
