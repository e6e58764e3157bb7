using System.Text.Json;
using ModelContextProtocol.Client;

namespace Miosa.Bench;

/// <summary>A sandbox made by a call, which is worked with and destroyed by calls.</summary>
internal sealed class Sandbox(McpClient client, string id, string state, string? reason, string? runtime)
{
    public string Id { get; } = id;

    public string State { get; } = state;

    public string? Reason { get; } = reason;

    /// <summary>The OCI runtime it runs under.</summary>
    public string? Runtime { get; } = runtime;

    public static async Task<Sandbox> CreateAsync(McpClient client, CancellationToken cancellationToken)
    {
        var created = await Workbench.CallAsync(client, "sandbox_create", new { }, cancellationToken);
        var sandbox = created.GetProperty("sandbox");
        return new Sandbox(client, created.GetProperty("sandbox_id").GetString()!, created.GetProperty("state").GetString()!, Text(sandbox, "reason"), Text(sandbox, "runtime"));
    }

    public Task ExecAsync(CancellationToken cancellationToken) => ExecAsync(client, cancellationToken);

    /// <summary>Runs `true` through any client of the same host.</summary>
    public async Task ExecAsync(McpClient through, CancellationToken cancellationToken)
    {
        var result = await Workbench.CallAsync(through, "sandbox_exec", new { sandbox_id = Id, command = "true" }, cancellationToken);
        if (result.GetProperty("exit_code").GetInt32() is not 0)
            throw new InvalidOperationException($"`true` ended in {Id} with {result}.");
    }

    public Task DestroyAsync(CancellationToken cancellationToken) => Workbench.CallAsync(client, "sandbox_destroy", new { sandbox_id = Id }, cancellationToken);

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
}
