using System.Globalization;

namespace Miosa.Mcp.Hosting;

/// <summary><c>miosa status</c>: is a host running, and what is it doing.</summary>
internal sealed class StatusCommand(MiosaHome home, TextWriter output)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (await HostClient.AskAsync(home, HostControl.Status, cancellationToken) is { Status: { } status })
        {
            await output.WriteLineAsync($"running     process {status.Host.Pid.ToString(CultureInfo.InvariantCulture)}, version {status.Host.Version}");
            await output.WriteLineAsync($"since       {status.Host.StartedAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)} ({TimeSpan.FromSeconds(status.UptimeSeconds).ToString("c", CultureInfo.InvariantCulture)})");
            await output.WriteLineAsync($"home        {status.Home}");
            await output.WriteLineAsync($"http        {status.Host.Http ?? "off"}");
            foreach (var (name, count) in status.Counts)
                await output.WriteLineAsync($"{name,-11} {count.ToString(CultureInfo.InvariantCulture)}");
            return 0;
        }

        if (Directory.Exists(home.RunDirectory) && HostLock.IsHeld(home))
        {
            await output.WriteLineAsync($"A host holds {home.Path} (process {HostLock.ReadIdentity(home)?.Pid.ToString(CultureInfo.InvariantCulture) ?? "unknown"}) but does not answer.");
            return 2;
        }

        await output.WriteLineAsync($"No host is running for {home.Path}.");
        return 1;
    }
}
