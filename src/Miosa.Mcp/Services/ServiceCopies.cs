using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Services;

/// <summary>
/// Gives a fork the services of its source. Values of environment variables stay behind, as all secrets do; a service
/// that has some does not start there until somebody gives them.
/// </summary>
internal sealed class ServiceCopies(ServiceStore store, TimeProvider time)
{
    public async Task CopyAsync(SandboxRow from, SandboxRow to)
    {
        foreach (var row in await store.ListAsync(from.Id, CancellationToken.None))
        {
            var names = string.Join(", ", row.Spec.Env.Keys.Order(StringComparer.Ordinal));
            var copy = row with
            {
                Id = Ids.New("svc", time),
                SandboxId = to.Id,
                Workspace = to.Workspace,
                Principal = to.Principal,
                Spec = row.Spec with { Env = new Dictionary<string, string>() },
                IsWanted = row.IsWanted && names.Length is 0,
                State = ServiceState.Stopped,
                Health = null,
                Reason = names.Length is 0 ? null : $"The values of {names} did not pass into the fork; delete it and create it again with `env`.",
                ProcessId = null,
                Restarts = 0,
                CreatedAt = time.GetUtcNow(),
                StartedAt = null,
            };
            // One that is there is of an earlier try.
            await store.GetOrAddAsync(copy, ServiceStore.MostInSandbox, CancellationToken.None);
        }
    }
}
