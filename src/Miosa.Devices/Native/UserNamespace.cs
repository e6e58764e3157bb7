using System.Diagnostics;
using System.Globalization;

namespace Miosa.Devices.Native;

/// <summary>A user namespace kept only as a descriptor, to say how an idmapped mount shifts owners.</summary>
internal static class UserNamespace
{
    /// <summary>A descriptor of a namespace in which ids 0 to <paramref name="count"/> are <paramref name="hostBase"/> and on outside.</summary>
    public static async Task<int> OpenAsync(uint hostBase, uint count, CancellationToken cancellationToken)
    {
        // The namespace lives as long as somebody holds it: `cat` until we have our descriptor.
        using var holder = Process.Start(new ProcessStartInfo("unshare", ["--user", "cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        }) ?? throw new EngineException("Could not start `unshare`.", "Install the package util-linux.");
        try
        {
            // `cat` answering is the sign that `unshare` has made the namespace and gone.
            await holder.StandardInput.WriteAsync("\n".AsMemory(), cancellationToken);
            await holder.StandardInput.FlushAsync(cancellationToken);
            if (await holder.StandardOutput.ReadLineAsync(cancellationToken) is null)
                throw new EngineException("This machine refuses to make a user namespace.", "Allow user namespaces: `sysctl user.max_user_namespaces=16384`, and `kernel.unprivileged_userns_clone=1` where it exists.");
            var map = string.Create(CultureInfo.InvariantCulture, $"0 {hostBase} {count}");
            await File.WriteAllTextAsync($"/proc/{holder.Id}/uid_map", map, cancellationToken);
            await File.WriteAllTextAsync($"/proc/{holder.Id}/gid_map", map, cancellationToken);
            return Libc.Check(Libc.Open($"/proc/{holder.Id}/ns/user", Libc.OpenCloseOnExec), "open a user namespace");
        }
        finally
        {
            holder.Kill();
            await holder.WaitForExitAsync(CancellationToken.None);
        }
    }
}
