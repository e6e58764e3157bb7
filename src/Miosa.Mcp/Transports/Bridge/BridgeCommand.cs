using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Transports.Bridge;

/// <summary><c>miosa mcp</c>: the bridge on this process's own streams.</summary>
internal static class BridgeCommand
{
    public static async Task<int> RunAsync(BridgeOptions options)
    {
        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

        // The bare descriptors: a console would bring encodings and terminal settings that nobody asked for.
        await using var input = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        await using var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        var home = MiosaHome.Resolve(options.Home);
        using var bridge = new StdioBridge(new HostConnector(home, options, TimeProvider.System), input, output, TimeProvider.System);
        await bridge.RunAsync(stop.Token);
        return 0;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }
}
