using System.Globalization;

namespace Miosa.Mcp.Hosting;

/// <summary><c>miosa stop</c>: asks the host to go, and waits until it is gone.</summary>
internal sealed class StopCommand(MiosaHome home, TextWriter output, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(home.RunDirectory) || !HostLock.IsHeld(home))
        {
            await output.WriteLineAsync($"No host is running for {home.Path}.");
            return 0;
        }

        var pid = HostLock.ReadIdentity(home)?.Pid.ToString(CultureInfo.InvariantCulture) ?? "unknown";
        if (await HostClient.AskAsync(home, HostControl.Stop, cancellationToken) is not { Status: not null })
        {
            await output.WriteLineAsync($"The host (process {pid}) does not answer. If it does not recover, kill that process: sandboxes and files are not harmed.");
            return 1;
        }

        // Its lock ends with the process, and nothing tells when; so look, often and not for long.
        var asked = time.GetTimestamp();
        while (HostLock.IsHeld(home))
        {
            if (time.GetElapsedTime(asked) > Limit)
            {
                await output.WriteLineAsync($"The host (process {pid}) was asked to stop {Limit.TotalSeconds} seconds ago and is still there.");
                return 1;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }

        await output.WriteLineAsync($"The host (process {pid}) has stopped. Sandboxes keep running; the next host finds them again.");
        return 0;
    }
}
