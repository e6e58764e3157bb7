using System.ComponentModel;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Storage;
using Miosa.Mcp.Transports;
using Miosa.Mcp.Transports.Stdio;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Bench.Sections;

/// <summary>What identity, validation, replay, decision, journal and receipts add to a call: the same tool with and without them.</summary>
internal static class PipelineSection
{
    // A host runs for weeks: the compiler's second thoughts, which come during the first seconds, are not measured.
    private const int WarmUp = 3_000;
    private const int Waiting = 10_000;
    private const int PageSize = 50;

    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section("the way every call goes, around a tool that does nothing");
        var home = Path.Combine(bench.Home.Path, "pipeline");
        Directory.CreateDirectory(home);
        using var bareHost = await HostAsync(home, static mcp => mcp.WithTools<NothingTools>());
        using var wholeHost = await HostAsync(home, static mcp => mcp.AddStorage().AddCalls().AddEvents().AddTools<NothingTools>());
        await using var bare = await ConnectAsync(bareHost.Services, bench.CancellationToken);
        await using var whole = await ConnectAsync(wholeHost.Services, bench.CancellationToken);

        var without = new Samples();
        var reads = new Samples();
        var writes = new Samples();
        // In turns, so that whatever else the machine does falls on all of them.
        for (var i = -WarmUp; i < bench.Count(3_000); i++)
        {
            var key = i.ToString(CultureInfo.InvariantCulture);
            await without.TakeAsync(i, () => CallAsync(bare, "nothing_do", null, bench.CancellationToken));
            await reads.TakeAsync(i, () => CallAsync(whole, "nothing_get", null, bench.CancellationToken));
            await writes.TakeAsync(i, () => CallAsync(whole, "nothing_do", key, bench.CancellationToken));
        }
        bench.Report.Samples("without", without);
        bench.Report.Samples("a read", reads, without);
        bench.Report.Samples("a mutation with a key, journal and receipts", writes, without);
        bench.Report.Bound("added to a mutation, p50", writes.P50 - without.P50, 1.5, "ms");
        bench.Report.Bound("added to a mutation, p99", writes.P99 - without.P99, 5, "ms");

        await ListAsync(bench, wholeHost.Services);
        await bareHost.StopAsync(bench.CancellationToken);
        await wholeHost.StopAsync(bench.CancellationToken);
    }

    private static async Task ListAsync(Workbench bench, IServiceProvider services)
    {
        var store = services.GetRequiredService<ApprovalStore>();
        var time = TimeProvider.System;
        await Task.WhenAll(Enumerable.Range(0, Waiting).Select(i => store.AddAsync(Row(i, time), int.MaxValue, int.MaxValue, bench.CancellationToken)));
        var approvals = services.GetRequiredService<ApprovalService>();
        var pages = new Samples();
        string? before = null;
        for (var i = -5; i < bench.Count(200); i++)
        {
            await pages.TakeAsync(i, async () =>
            {
                var page = await approvals.ListAsync(Caller.DefaultWorkspace, ApprovalState.Pending, before, PageSize, bench.CancellationToken);
                before = page.Count is PageSize ? page[^1].Id : null;
            });
        }
        bench.Report.Samples($"a page of {PageSize} of {Waiting:N0} approvals that wait", pages);
        bench.Report.Bound("the same, p99", pages.P99, 50, "ms");
    }

    private static ApprovalRow Row(int number, TimeProvider time) => new()
    {
        Id = Ids.New("appr", time),
        Workspace = Caller.DefaultWorkspace,
        Identity = number.ToString(CultureInfo.InvariantCulture),
        Principal = "local:0",
        Transport = Caller.Stdio,
        Tool = "nothing_do",
        Capability = "nothing.do",
        Version = 1,
        Fingerprint = "sha256:0",
        Risk = "destructive",
        Marks = "",
        Arguments = JsonSerializer.Serialize(new { command = new string('x', 1_000) }),
        Binding = new Binding { Request = "sha256:0", Policy = "sha256:0", CallHash = "sha256:0" },
        Reasons = ["It takes something away for good."],
        CreatedAt = time.GetUtcNow(),
        ExpiresAt = time.GetUtcNow().AddHours(1),
    };

    private static async Task<IHost> HostAsync(string home, Action<IMcpServerBuilder> add)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = home });
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create<string, string?>("Approvals:Policy", "confirm-risky")]);
        builder.Logging.AddProvider(new JsonLogProvider(Path.Combine(home, "pipeline.log"), TimeProvider.System));
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(new MiosaHome(home));
        add(builder.Services.AddMcpServer(Server.Introduce));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>The host's own end of a connection, with streams in memory between it and the SDK's client.</summary>
    private static async Task<McpClient> ConnectAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var (toServer, toClient) = (new Pipe(), new Pipe());
        _ = ServeAsync(services, toServer.Reader.AsStream(), toClient.Writer.AsStream());
        return await McpClient.CreateAsync(new StreamClientTransport(toServer.Writer.AsStream(), toClient.Reader.AsStream()), cancellationToken: cancellationToken);
    }

    private static async Task ServeAsync(IServiceProvider services, Stream input, Stream output)
    {
        using var writer = new LineWriter(output);
        var reader = new LineReader(input, ProtocolJson.MaxMessageBytes);
        var caller = new Caller { Principal = "local:0", Transport = Caller.Stdio, Kind = CallerKind.Local, Scopes = [Scopes.All] };
        await using var router = new EraRouter(caller, writer, services.GetRequiredService<IOptions<McpServerOptions>>(), services, services.GetRequiredService<ILoggerFactory>());
        while (await reader.ReadAsync(CancellationToken.None) is { } line)
            await router.RouteAsync(JsonSerializer.Deserialize(line.Bytes.Span, ProtocolJson.Message)!, CancellationToken.None);
    }

    private static async Task CallAsync(McpClient client, string tool, string? key, CancellationToken cancellationToken)
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal) { ["name"] = "thing" };
        if (key is not null)
            arguments[ToolSchemas.IdempotencyKey] = key;
        var result = await client.CallToolAsync(tool, arguments, cancellationToken: cancellationToken);
        if (result.IsError is true)
            throw new InvalidOperationException($"{tool}: {string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text))}");
    }

    [McpServerToolType]
    internal sealed class NothingTools
    {
        private long _done;

        [McpServerTool(Name = "nothing_do")]
        [Capability("nothing.do", Risk.Write)]
        [Description("Do nothing.")]
        public Nothing Do(string name) => new(name, Interlocked.Increment(ref _done));

        [McpServerTool(Name = "nothing_get")]
        [Capability("nothing.get", Risk.Read)]
        [Description("Get nothing.")]
        public Nothing Get(string name) => new(name, Interlocked.Read(ref _done));
    }

    internal sealed record Nothing(string Name, long Done);
}
