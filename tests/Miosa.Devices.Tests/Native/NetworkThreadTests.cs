using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Miosa.Devices.Native;

namespace Miosa.Devices.Tests.Native;

public sealed class NetworkThreadTests : IDisposable
{
    private readonly NetworkThread _networks = new();

    public void Dispose() => _networks.Dispose();

    [Fact]
    public async Task A_device_that_is_in_the_network_of_the_machine_gets_no_socket()
    {
        var self = RunningProcess.Find(Environment.ProcessId)!;

        await Assert.ThrowsAsync<EngineException>(() => _networks.ListenAsync(self, 0));
    }

    [Fact]
    public async Task In_a_network_whose_loopback_is_down_it_is_brought_up_and_reached()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can make a network namespace.");
        using var other = Process.Start(new ProcessStartInfo("unshare", ["--net", "sh", "-c", "echo ready; exec sleep 60"]) { RedirectStandardOutput = true })!;
        try
        {
            await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            var process = RunningProcess.Find(other.Id)!;

            await _networks.RaiseLoopbackAsync(process);

            const int port = 3128;
            using var listener = await _networks.ListenAsync(process, port);
            await using var client = await _networks.ConnectAsync(process, port, NetworkThread.ConnectAsync, TestContext.Current.CancellationToken);
            using var accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken);
            await client.WriteAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
            var heard = new byte[16];
            Assert.Equal("hello", Encoding.ASCII.GetString(heard, 0, await accepted.ReceiveAsync(heard, SocketFlags.None, TestContext.Current.CancellationToken)));
        }
        finally
        {
            other.Kill();
        }
    }
}
