using System.Collections.Frozen;

namespace Miosa.Mcp.Calls;

/// <summary>
/// What keys and tokens may be allowed to do, in words, and which tools each word opens. Every tool is named here by its
/// capability and none by a pattern, so that a tool that comes later is in nobody's hands until somebody puts it there.
/// </summary>
internal static class Scopes
{
    /// <summary>Every tool. The right over other callers is not in it: that has to be named.</summary>
    public const string All = "*";

    /// <summary>To answer what others ask for. Only a person's.</summary>
    public const string DecideApprovals = "approvals:decide";

    /// <summary>To make tokens that may do less.</summary>
    public const string CreateTokens = "tokens:create";

    /// <summary>How to work here, and what became of a question of the workspace: whoever may do anything may read these.</summary>
    private static readonly FrozenSet<string> OpenToAll = FrozenSet.Create(StringComparer.Ordinal, "guide", "capability.list", "approval.get");

    private static readonly string[] Find = ["sandbox.get", "sandbox.list"];
    private static readonly string[] ReadFiles = ["sandbox.read.file", "sandbox.list.files", "sandbox.search.files", "sandbox.stat.file", "sandbox.download"];
    private static readonly string[] WriteFiles =
        ["sandbox.write.file", "sandbox.edit.file", "sandbox.upload", "sandbox.mkdir", "sandbox.rename.file", "sandbox.copy.file", "sandbox.delete.file"];
    private static readonly string[] ReadProcesses = ["process.list", "process.output"];
    private static readonly string[] Run = ["sandbox.exec", "sandbox.python", "process.input", "process.signal", .. ReadProcesses];
    private static readonly string[] ReadServices = ["service.list", "service.logs"];
    private static readonly string[] RunServices = ["service.create", "service.delete", "service.start", "service.stop", "service.restart", .. ReadServices];
    private static readonly string[] ReadNetwork = ["network.get", "network.log"];
    private static readonly string[] Sleep = ["sandbox.pause", "sandbox.resume", "sandbox.extend"];
    private static readonly string[] ReadContract = ["workspace.get", "workspace.validate", "skill.list", "skill.get", "agent.get", "runbook.get", "company.get"];
    private static readonly string[] Create = ["sandbox.create", "sandbox.fork"];

    private static readonly FrozenDictionary<string, FrozenSet<string>> Table = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        [All] = [],
        [DecideApprovals] = [],
        [CreateTokens] = [],
        ["approvals:read"] = ["approval.list"],
        ["receipts:read"] = ["receipt.list", "receipt.get"],
        ["events:read"] = ["event.list"],
        ["workspace:read"] = ReadContract,

        ["sandboxes:read"] = [.. Find, .. ReadFiles, .. ReadProcesses, .. ReadServices, .. ReadNetwork, "preview.list", "sandbox.snapshot.list"],
        ["sandboxes:create"] = [.. Create, .. Find],
        ["sandboxes:exec"] = [.. Run, .. Find],
        ["sandboxes:files"] = [.. WriteFiles, .. ReadFiles, .. Find],
        ["sandboxes:manage"] = [.. Sleep, .. RunServices, .. Find],
        ["sandboxes:destroy"] = ["sandbox.destroy", .. Find],
        ["snapshots:create"] = ["sandbox.snapshot.create", "sandbox.snapshot.list"],
        ["snapshots:restore"] = ["sandbox.snapshot.restore", "sandbox.snapshot.list"],
        ["snapshots:delete"] = ["sandbox.snapshot.delete", "sandbox.snapshot.list"],
        ["snapshots:transfer"] = ["sandbox.snapshot.export", "sandbox.snapshot.import", "sandbox.snapshot.list"],
        ["templates:read"] = ["sandbox.template.get", "sandbox.template.list"],
        ["templates:create"] = ["sandbox.template.create", "sandbox.template.import", "sandbox.template.get", "sandbox.template.list"],
        ["templates:delete"] = ["sandbox.template.delete", "sandbox.template.get", "sandbox.template.list"],
        ["previews:share"] = ["sandbox.expose", "preview.share", "preview.revoke", "preview.list"],
        ["network:manage"] = ["network.set", .. ReadNetwork],

        // The words for agents' permissions on devices. Some open nothing yet: what they are for is not built.
        ["devices:use"] = [.. Find, .. ReadFiles, .. WriteFiles, .. Run, .. RunServices, .. Sleep, .. ReadNetwork, "sandbox.snapshot.create", "sandbox.snapshot.list", "sandbox.snapshot.restore"],
        ["devices:create"] = [.. Create, .. Find],
        ["devices:destroy"] = ["sandbox.destroy", .. Find],
        ["devices:connect-local"] = [],
        ["devices:set-primary"] = ["workspace.open", .. ReadContract],
        ["deployments:publish"] = [],
    }.ToFrozenDictionary(row => row.Key, row => row.Value.ToFrozenSet(StringComparer.Ordinal), StringComparer.Ordinal);

    /// <summary>All there are, in order.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. Table.Keys.Order(StringComparer.Ordinal)];

    public static bool IsKnown(string scope) => Table.ContainsKey(scope);

    /// <summary>Whether somebody who holds these holds that one. A scope is never part of another, but for the one that is all.</summary>
    public static bool Grants(IReadOnlyList<string> held, string scope) =>
        held.Contains(scope, StringComparer.Ordinal) || (scope is not DecideApprovals && held.Contains(All, StringComparer.Ordinal) && IsKnown(scope));

    /// <summary>Whether the caller's scopes open the tool at all. Whether a person is asked first is another question.</summary>
    public static bool Allows(Caller caller, CapabilityAttribute capability) => Opens(caller.Scopes, capability.Name);

    /// <summary>The same for a capability that has its door elsewhere, such as `event.list` at `/v1/events`.</summary>
    public static bool Opens(IReadOnlyList<string> held, string capability)
    {
        foreach (var scope in held)
        {
            if (scope is All || (Table.TryGetValue(scope, out var opened) && (opened.Contains(capability) || OpenToAll.Contains(capability))))
                return true;
        }

        return false;
    }
}
