using System.Runtime.InteropServices;

namespace Miosa.Devices.Tests.Doors;

internal static partial class Native
{
    public const int Sigkill = 9, Sigterm = 15;

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Kill(int pid, int signal);
}
