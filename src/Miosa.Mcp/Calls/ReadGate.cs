using Miosa.Mcp.Approvals;

namespace Miosa.Mcp.Calls;

/// <summary>Whether a caller may be told something that is no answer to a call, such as a resource: only what the tool that tells the same would tell.</summary>
internal sealed class ReadGate(PolicyKeeper policies, CapabilityCatalog catalog)
{
    public async ValueTask<bool> MayAsync(Caller caller, string capability, CancellationToken cancellationToken) =>
        catalog.Find(capability) is { } found && CapabilityCatalog.Usually(found, caller, await policies.ForAsync(caller, cancellationToken)) is "allow";
}
