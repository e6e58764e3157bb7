using System.Runtime.InteropServices;

namespace Miosa.Mcp.Hosting;

/// <summary>The few calls of the C library that .NET does not wrap.</summary>
internal static partial class Posix
{
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();
}
