using System.Buffers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Stdio;

namespace Miosa.Mcp.Transports.Bridge;

/// <summary>Finds the host of a home, and starts it where none answers.</summary>
internal sealed class HostConnector(MiosaHome home, BridgeOptions options, TimeProvider time)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    /// <summary>A greeted link. Throws with the reason, in words for a person, when there is none to be had.</summary>
    public async Task<HostLink> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = await TryReachAsync(cancellationToken) ?? await StartAndReachAsync(cancellationToken);
        var link = new HostLink(socket);
        try
        {
            await GreetAsync(link, cancellationToken);
            return link;
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    private async Task<Socket> StartAndReachAsync(CancellationToken cancellationToken)
    {
        home.Create();
        var began = time.GetTimestamp();
        FileStream? turn = null;
        Task<int>? host = null;
        try
        {
            while (time.GetElapsedTime(began) < Patience)
            {
                // One bridge starts the host, the others wait for it; should that bridge die, the next takes its turn.
                turn ??= FileLock.TryTake(home.StartFile);
                if (await TryReachAsync(cancellationToken) is { } socket)
                    return socket;
                if (turn is not null)
                    host ??= HostStarter.Start(home);
                if (host is { IsCompleted: true } && !HostLock.IsHeld(home))
                    throw new IOException($"The Miosa host ended as soon as it was started. What it said is in {home.ConsoleFile}; `miosa serve` says it again.");
                await Task.Delay(Step, time, cancellationToken);
            }
        }
        finally
        {
            turn?.Dispose();
        }

        throw new IOException($"No Miosa host answered within {Patience.TotalSeconds} seconds. `miosa status` and the files in {home.LogDirectory} may say why.");
    }

    private async Task<Socket?> TryReachAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(home.SocketFile), cancellationToken);
            return socket;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException)
                return null;
            throw;
        }
    }

    private async Task GreetAsync(HostLink link, CancellationToken cancellationToken)
    {
        await link.SendAsync(HelloLine(), cancellationToken);
        var answer = await link.Reader.ReadAsync(cancellationToken) ?? throw new IOException("The Miosa host hung up. Try again.");
        using var json = JsonDocument.Parse(answer.Bytes);
        if (json.RootElement.TryGetProperty("error", out var error))
            throw new IOException($"The Miosa host refused: {error.GetString()}");
    }

    // Written by hand: a serializer would be the most expensive part of this program's start.
    private string HelloLine()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("miosa"u8, Hello.CurrentVersion);
            WriteText(json, "workspace", options.Workspace);
            WriteText(json, "workspace_dir", options.WorkspaceDirectory);
            WriteText(json, "agent", options.Agent);
            json.WriteStartArray("toolsets"u8);
            foreach (var toolset in options.Toolsets)
                json.WriteStringValue(toolset);
            json.WriteEndArray();
            json.WriteBoolean("read_only"u8, options.ReadOnly);
            WriteText(json, "cwd", Environment.CurrentDirectory);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }
}
