using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>Listens on the home's socket for bridges and for <c>miosa status</c> and <c>stop</c>.</summary>
internal sealed partial class SocketListener(
    MiosaHome home, IServiceProvider services, ILogger<SocketListener> logger, TimeProvider time) : IHostedService, IDisposable
{
    public const int MaxConnections = 256;

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<long, Task> _connections = new();
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private long _lastConnection;
    private Task _accepting = Task.CompletedTask;

    public int Connections => _connections.Count;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Whoever left this name behind is gone: the home's lock is ours.
        File.Delete(home.SocketFile);
        _socket.Bind(new UnixDomainSocketEndPoint(home.SocketFile));
        File.SetUnixFileMode(home.SocketFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _socket.Listen(128);
        _accepting = AcceptAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        _socket.Close();
        File.Delete(home.SocketFile);
        try
        {
            // A limit of its own: when it is this one's turn to stop, those before may have used up the host's patience.
            await Task.WhenAll([_accepting, .. _connections.Values]).WaitAsync(StopLimit, time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            LogLeft(_connections.Count);
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _socket.AcceptAsync(_stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException || _stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, most likely. The next client may have more luck; spinning would help nobody.
                LogAcceptFailed(e);
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, CancellationToken.None);
                continue;
            }

            var number = ++_lastConnection;
            _connections[number] = Task.CompletedTask;
            var running = RunAsync(number, client);
            _connections.TryUpdate(number, running, Task.CompletedTask);
        }
    }

    private async Task RunAsync(long number, Socket client)
    {
        // Everything a client can do to the host happens off the accept loop.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var peer = PeerCredentials.Of(client);
            if (peer.Uid != 0 && peer.Uid != Posix.EffectiveUserId())
            {
                LogStranger(peer.Uid, peer.Pid);
                client.Dispose();
            }
            else if (_connections.Count > MaxConnections)
            {
                await RefuseAsync(client);
            }
            else
            {
                await services.GetRequiredService<SocketConnection>().RunAsync(client, peer, _stopping.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // The client or the host went away in the middle of a line; both are ordinary.
        }
        catch (Exception e)
        {
            LogBug(e);
        }
        finally
        {
            client.Dispose();
            _connections.TryRemove(number, out _);
        }
    }

    private async Task RefuseAsync(Socket client)
    {
        LogFull(MaxConnections);
        await using var stream = new NetworkStream(client, ownsSocket: true);
        using var writer = new LineWriter(stream);
        await writer.WriteAsync(
            new HelloAnswer { Error = $"{MaxConnections} clients are connected already. Close one and try again." },
            HostJson.Default.HelloAnswer,
            _stopping.Token);
    }

    [LoggerMessage(LogLevel.Warning, "User {Uid} (process {Pid}) is not the owner of this host and was turned away")]
    private partial void LogStranger(uint uid, int pid);

    [LoggerMessage(LogLevel.Warning, "More than {Limit} connections: one was turned away")]
    private partial void LogFull(int limit);

    [LoggerMessage(LogLevel.Warning, "{Count} connections were still busy when the host stopped")]
    private partial void LogLeft(int count);

    [LoggerMessage(LogLevel.Error, "A connection could not be accepted")]
    private partial void LogAcceptFailed(Exception exception);

    [LoggerMessage(LogLevel.Error, "A connection ended with an unexpected failure")]
    private partial void LogBug(Exception exception);
}
