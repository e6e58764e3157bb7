using System.Diagnostics;
using System.Globalization;

namespace Miosa.Devices.Native;

/// <summary>
/// The user namespace of a device, kept as a descriptor: the device runs in it, and its mounts shift owners by it.
/// The door makes it, inside another one whose limits hold for the device as a whole.
/// </summary>
internal static class UserNamespace
{
    private const string Remedy = "Allow user namespaces: `sysctl user.max_user_namespaces=16384`, and `kernel.unprivileged_userns_clone=1` where it exists.";

    /// <summary>A descriptor of a namespace in which ids 0 to <paramref name="count"/> are <paramref name="hostBase"/> and on outside.</summary>
    public static async Task<int> OpenAsync(string door, uint hostBase, uint count, CancellationToken cancellationToken)
    {
        using var holder = Process.Start(new ProcessStartInfo(door, ["--namespace", string.Create(CultureInfo.InvariantCulture, $"{hostBase}:{count}")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new EngineException($"Could not start {door}.", "Start with the launcher `./miosa`, which builds it.");
        try
        {
            // The namespace lives as long as somebody holds it: a process in it does until we have our descriptor.
            return await holder.StandardOutput.ReadLineAsync(cancellationToken) is { } pid
                ? Libc.Check(Libc.Open($"/proc/{pid}/ns/user", Libc.OpenCloseOnExec), "open a user namespace")
                : throw new EngineException($"This machine refuses to make a user namespace. {(await holder.StandardError.ReadToEndAsync(cancellationToken)).Trim()}".TrimEnd(), Remedy);
        }
        finally
        {
            holder.StandardInput.Close();
            await holder.WaitForExitAsync(CancellationToken.None);
        }
    }
}
