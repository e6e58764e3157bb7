using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Workspaces;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>One client on the host's socket, from its hello to its last byte.</summary>
internal sealed partial class SocketConnection(
    HostControl control,
    ServeOptions serve,
    IOptions<McpServerOptions> options,
    IServiceProvider services,
    ILoggerFactory loggers,
    ILogger<SocketConnection> logger,
    TimeProvider time)
{
    private static readonly TimeSpan HelloLimit = TimeSpan.FromSeconds(5);

    /// <summary>How long answers that were asked for are still given after the client closed its side.</summary>
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(6);

    public async Task RunAsync(Socket socket, PeerCredentials peer, CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        using var writer = new LineWriter(stream);
        var reader = new LineReader(stream, Hello.MaxQuestionBytes);

        if (await ReadHelloAsync(reader, writer, cancellationToken) is not { } hello)
            return;

        if (hello.Control is { } question)
        {
            await writer.WriteAsync(await control.AnswerAsync(hello, peer, cancellationToken), HostJson.Default.HelloAnswer, cancellationToken);
            control.AfterAnswer(question);
            return;
        }

        try
        {
            if (Toolsets.Problem(hello.Toolsets ?? []) is { } problem)
                throw problem;
            if (hello.WorkspaceDir is { } directory && services.GetService<WorkspaceFolders>() is { } folders)
                hello = hello with { Workspace = await folders.LinkAsync(hello.Workspace, directory, cancellationToken) };
        }
        catch (ToolFailureException failure)
        {
            await writer.WriteAsync(new HelloAnswer { Error = $"{failure.Message} {failure.NextStep}" }, HostJson.Default.HelloAnswer, cancellationToken);
            return;
        }

        await writer.WriteAsync(new HelloAnswer(), HostJson.Default.HelloAnswer, cancellationToken);
        await ServeAsync(reader, writer, CallerOf(hello, peer), cancellationToken);
    }

    private async Task<Hello?> ReadHelloAsync(LineReader reader, LineWriter writer, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(HelloLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            if (await reader.ReadAsync(both.Token) is not { } line)
                return null;

            if (Understand(line) is { } hello)
                return hello;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            LogNoHello(HelloLimit.TotalSeconds);
        }

        await writer.WriteAsync(
            new HelloAnswer { Error = $"The first line must be a hello: one JSON object of at most {Hello.MaxBytes} bytes with \"miosa\": {Hello.CurrentVersion}, within {HelloLimit.TotalSeconds} seconds." },
            HostJson.Default.HelloAnswer,
            cancellationToken);
        return null;
    }

    private static Hello? Understand(Line line)
    {
        if (line.TooLong)
            return null;
        try
        {
            var hello = JsonSerializer.Deserialize(line.Bytes.Span, HostJson.Default.Hello);
            return hello is { Version: Hello.CurrentVersion } && (hello.Control is not null || line.Bytes.Length <= Hello.MaxBytes) ? hello : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task ServeAsync(LineReader reader, LineWriter writer, Caller caller, CancellationToken cancellationToken)
    {
        reader.Limit = ProtocolJson.MaxMessageBytes;
        await using var router = new EraRouter(caller, writer, options, services, loggers);
        try
        {
            while (await reader.ReadAsync(cancellationToken) is { } line)
            {
                if (line.Bytes.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
                    continue;
                if (Parse(line) is { } message)
                    await router.RouteAsync(message, cancellationToken);
                else
                    await RefuseAsync(line, writer, cancellationToken);
            }
        }
        catch (IOException e)
        {
            LogBroken(e.Message);
        }

        await router.EndAsync(cancellationToken.IsCancellationRequested ? TimeSpan.Zero : LastAnswers, time);
    }

    private static JsonRpcMessage? Parse(Line line)
    {
        if (line.TooLong)
            return null;
        try
        {
            return JsonSerializer.Deserialize(line.Bytes.Span, ProtocolJson.Message);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Task RefuseAsync(Line line, LineWriter writer, CancellationToken cancellationToken)
    {
        var head = MessageHead.Read(line.Bytes.Span);
        return writer.WriteAsync(
            line.TooLong
                ? JsonRpcErrors.Line(head.Id, JsonRpcErrors.InvalidRequest, $"A message may have {ProtocolJson.MaxMessageBytes} bytes. Send large contents as an upload.")
                : JsonRpcErrors.Line(head.Id, head.Id is null ? JsonRpcErrors.ParseError : JsonRpcErrors.InvalidRequest, "This line is not one JSON-RPC 2.0 message."),
            cancellationToken);
    }

    private Caller CallerOf(Hello hello, PeerCredentials peer) => new()
    {
        Principal = $"local:{peer.Uid}",
        Transport = Caller.Stdio,
        Kind = CallerKind.Local,
        Scopes = [Scopes.All],
        Workspace = hello.Workspace,
        Agent = hello.Agent,
        Toolsets = hello.Toolsets is { Count: > 0 } asked ? asked : serve.Toolsets,
        ReadOnly = hello.ReadOnly || serve.ReadOnly,
        WorkingDirectory = hello.Cwd,
    };

    [LoggerMessage(LogLevel.Warning, "A connection said no hello within {Seconds} s and was closed")]
    private partial void LogNoHello(double seconds);

    [LoggerMessage(LogLevel.Debug, "A connection broke: {Reason}")]
    private partial void LogBroken(string reason);
}
