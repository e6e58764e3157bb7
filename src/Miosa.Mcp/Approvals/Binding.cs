using System.Text.Json;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>
/// What an approval is bound to, as hashes of its parts, so that a difference can be named. Together they are the call
/// hash; nothing but exactly this may be run on its word.
/// </summary>
internal sealed record Binding
{
    /// <summary>Capability, version and definition, arguments, workspace and asker.</summary>
    public required string Request { get; init; }

    public required string Policy { get; init; }

    /// <summary>Directory, user and environment of a command; null for what runs none.</summary>
    public string? Environment { get; init; }

    public string? Device { get; init; }

    /// <summary>The files that the call would run or take away.</summary>
    public string? Files { get; init; }

    /// <summary>`sha256:…` of all of it.</summary>
    public required string CallHash { get; init; }

    public static Binding Of(Call call, string policy, CallFacts? facts)
    {
        var request = Hash(new
        {
            capability = call.Capability.Name,
            version = call.Capability.Version,
            fingerprint = call.Fingerprint,
            arguments = call.Arguments,
            workspace = call.Caller.WorkspaceName,
            principal = call.Caller.Principal,
            agent = call.Caller.Agent,
        });
        var files = facts is { Files.Count: > 0 } or { Unbound.Count: > 0 } ? Hash(new { files = facts.Files, unbound = facts.Unbound }) : null;
        return new Binding
        {
            Request = request,
            Policy = policy,
            Environment = facts?.Environment,
            Device = facts?.Device,
            Files = files,
            CallHash = Hash(new { request, policy, environment = facts?.Environment, device = facts?.Device, files }),
        };
    }

    /// <summary>Who asks for what, whatever the world is like meanwhile.</summary>
    public static string Identity(Call call) => Hash(new
    {
        capability = call.Capability.Name,
        arguments = call.Arguments,
        workspace = call.Caller.WorkspaceName,
        principal = call.Caller.Principal,
        agent = call.Caller.Agent,
    });

    /// <summary>The code and the words for what is no longer as it was; null where all is.</summary>
    public (ToolErrorCode Code, string What)? Difference(Binding present) =>
        Request != present.Request ? (ToolErrorCode.ApprovalRequestMismatch, "the call, or what its tool does, is no longer what was approved")
        : Device != present.Device ? (ToolErrorCode.ApprovalDeviceMismatch, "the device is no longer the same")
        : Environment != present.Environment ? (ToolErrorCode.ApprovalEnvMismatch, "the environment of the command has changed")
        : Files != present.Files ? (ToolErrorCode.ApprovalFilesMismatch, "a file that it would run or take away has changed")
        : Policy != present.Policy ? (ToolErrorCode.ApprovalPolicyMismatch, "the policy has changed")
        : CallHash != present.CallHash ? (ToolErrorCode.ApprovalRequestMismatch, "the call is no longer what was approved")
        : null;

    private static string Hash(object value) => CanonicalJson.Hash(JsonSerializer.SerializeToElement(value, Wire.Options));
}
