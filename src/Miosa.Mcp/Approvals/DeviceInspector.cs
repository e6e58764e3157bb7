using System.Globalization;
using System.Text.Json;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Approvals;

/// <summary>Shows which sandbox a call is about, for all calls that no other inspector knows better.</summary>
internal sealed class DeviceInspector(SandboxService sandboxes) : ICallInspector
{
    public async Task<CallFacts?> InspectAsync(Call call, CancellationToken cancellationToken)
    {
        if (call.Device is not { } id)
            return null;
        // Refuses what there is not: nobody is asked about that.
        var sandbox = await sandboxes.GetAsync(call.Caller, id, cancellationToken);
        return new CallFacts
        {
            Device = Identity(sandbox),
            Preview =
            [
                $"sandbox     {sandbox.Name} ({sandbox.Id}), {sandbox.State.ToString().ToLowerInvariant()}, from {sandbox.TemplateId}, made {sandbox.CreatedAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}",
                .. call.Arguments.Where(argument => argument.Key is not "sandbox_id").Select(argument => $"{argument.Key,-11} {ResultBudget.Start(JsonSerializer.Serialize(argument.Value, Wire.Options), 500)}"),
            ],
        };
    }

    /// <summary>An id is never given twice, but what stands behind it may be made anew by a restore.</summary>
    public static string Identity(SandboxRow sandbox) => CanonicalJson.Hash(JsonSerializer.SerializeToElement(new
    {
        sandbox.Id,
        sandbox.Workspace,
        sandbox.TemplateId,
        isolation = sandbox.Isolation.ToString(),
        created = sandbox.CreatedAt,
        restoring = sandbox.Restoring is not null,
    }));
}
