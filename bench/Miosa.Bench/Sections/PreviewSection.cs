using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Miosa.Devices;
using ModelContextProtocol.Client;

namespace Miosa.Bench.Sections;

/// <summary>
/// What the edge costs: the same client, once through it and once over sockets that are made in the sandbox's network,
/// with nothing in between; and how long a visitor waits for a sandbox that sleeps.
/// </summary>
internal static class PreviewSection
{
    private const int Connections = 50;
    private const int Port = 3000;
    private const int LargeBytes = 100 << 20;

    // Small answers from memory, so that the app is not what is measured.
    private const string App =
        """
        const large = Buffer.alloc(1 << 20, 'x');
        require('http').createServer(async (request, response) => {
          if (request.url !== '/large') return response.end('hello');
          response.setHeader('Content-Length', 100 * large.length);
          for (let i = 0; i < 100; i++) if (!response.write(large)) await new Promise(go => response.once('drain', go));
          response.end();
        }).listen(3000, '127.0.0.1');
        """;

    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section($"Previews, {Connections} connections");
        var client = await bench.HttpAsync();
        await using var all = await Host.StdioAsync(bench.Home.Path, bench.CancellationToken, "--toolsets", "all");
        var sandbox = await Sandbox.CreateAsync(client, bench.CancellationToken);
        await bench.CallAsync(client, "sandbox_write_file", new { sandbox_id = sandbox.Id, path = "/workspace/app.js", content = App });
        await bench.CallAsync(all, "service_create", new { sandbox_id = sandbox.Id, name = "app", command = "exec node app.js", port = Port });
        var exposed = await bench.CallAsync(client, "sandbox_expose", new { sandbox_id = sandbox.Id, port = Port });
        var url = new Uri(exposed.GetProperty("url").GetString()!);

        await using var engine = new LocalEngine(bench.Engine, TimeProvider.System);
        using var direct = Client((_, cancellationToken) => engine.ConnectAsync(sandbox.Id, Port, cancellationToken));
        using var edge = Client(async (_, cancellationToken) => await ConnectAsync(url.Port, cancellationToken));
        var cookie = await EnterAsync(edge, new Uri(exposed.GetProperty("open_url").GetString()!), bench.CancellationToken);

        await RequestsAsync(bench, direct, edge, url, cookie);
        await BodiesAsync(bench, direct, edge, url, cookie);
        await WakeAsync(bench, all, edge, url, cookie, sandbox);
        await sandbox.DestroyAsync(bench.CancellationToken);
    }

    private static async Task RequestsAsync(Workbench bench, HttpMessageInvoker direct, HttpMessageInvoker edge, Uri url, string cookie)
    {
        var each = TimeSpan.FromMilliseconds(bench.Count(10) * 200);
        List<(double Bare, double Edge)> rates = [];
        Samples bare = new(), ours = new();
        // In pairs, since how fast such a machine is changes from one second to the next; the first rounds are the compiler's.
        for (var round = -4; round < 7; round++)
        {
            var pair = (
                await FullAsync(direct, url, cookie, each, round < 0 ? new Samples() : bare, bench.CancellationToken),
                await FullAsync(edge, url, cookie, each, round < 0 ? new Samples() : ours, bench.CancellationToken));
            if (round >= 0)
                rates.Add(pair);
        }
        bench.Report.Value("direct: requests of 5 bytes, median of 7 rounds", Median(rates.Select(pair => pair.Bare)), "/s");
        bench.Report.Value("through the edge", Median(rates.Select(pair => pair.Edge)), "/s");
        bench.Report.Samples("direct: each, all connections busy", bare);
        bench.Report.Samples("through the edge", ours, bare);
        bench.Report.Bound("requests through the edge, median of the rounds", Median(rates.Select(pair => pair.Edge / pair.Bare)), 0.6, "× direct", atLeast: true);

        Samples calmBare = new(), calmOurs = new();
        for (var round = 0; round < 3; round++)
        {
            await PacedAsync(direct, url, cookie, each, calmBare, bench.CancellationToken);
            await PacedAsync(edge, url, cookie, each, calmOurs, bench.CancellationToken);
        }
        bench.Report.Samples("direct: each, 1,000 a second", calmBare);
        bench.Report.Samples("through the edge", calmOurs, calmBare);
        bench.Report.Bound("added by the edge, p99", calmOurs.P99 - calmBare.P99, 3, "ms");
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var ordered ? ordered[ordered.Count / 2] : 0;

    private static async Task BodiesAsync(Workbench bench, HttpMessageInvoker direct, HttpMessageInvoker edge, Uri url, string cookie)
    {
        Samples bare = new(), ours = new();
        for (var i = -5; i < bench.Count(30); i++)
        {
            await bare.TakeAsync(i, () => ReadAsync(direct, new Uri(url, "/large"), cookie, LargeBytes, bench.CancellationToken));
            await ours.TakeAsync(i, () => ReadAsync(edge, new Uri(url, "/large"), cookie, LargeBytes, bench.CancellationToken));
        }
        bench.Report.Samples("direct: a body of 100 MiB", bare);
        bench.Report.Samples("through the edge", ours, bare);
        bench.Report.Bound("throughput of 100 MiB, p50", bare.P50 / ours.P50, 0.7, "× direct", atLeast: true);
    }

    private static async Task WakeAsync(Workbench bench, McpClient all, HttpMessageInvoker edge, Uri url, string cookie, Sandbox sandbox)
    {
        Samples frozen = new(), stopped = new();
        for (var i = -1; i < bench.Count(20); i++)
        {
            await bench.CallAsync(all, "sandbox_pause", new { sandbox_id = sandbox.Id });
            await frozen.TakeAsync(i, () => ReadAsync(edge, url, cookie, 5, bench.CancellationToken));
        }
        for (var i = -1; i < bench.Count(10); i++)
        {
            await bench.CallAsync(all, "sandbox_pause", new { sandbox_id = sandbox.Id, stop = true });
            await stopped.TakeAsync(i, () => ReadAsync(edge, url, cookie, 5, bench.CancellationToken));
        }
        bench.Report.Samples("frozen to the answer", frozen);
        bench.Report.Samples("stopped to the answer of its service, node", stopped);
        bench.Report.Bound("frozen to the answer, p95", frozen.P95, 100, "ms");
        bench.Report.Bound("stopped to the answer, p50", stopped.P50, 700, "ms");
    }

    /// <summary>As many requests as there can be, on all connections; how many a second it came to.</summary>
    private static async Task<double> FullAsync(HttpMessageInvoker http, Uri url, string cookie, TimeSpan time, Samples samples, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(
            async () =>
            {
                var count = 0;
                for (; Stopwatch.GetElapsedTime(started) < time; count++)
                    await samples.TakeAsync(0, () => ReadAsync(http, url, cookie, 5, cancellationToken));
                return count;
            },
            cancellationToken)));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Requests on all connections, each at its own times: what a request takes when none waits for another.</summary>
    private static Task PacedAsync(HttpMessageInvoker http, Uri url, string cookie, TimeSpan time, Samples samples, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        return Task.WhenAll(Enumerable.Range(0, Connections).Select(i => Task.Run(
            async () =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(i), TimeProvider.System, cancellationToken);
                using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Connections));
                while (Stopwatch.GetElapsedTime(started) < time && await timer.WaitForNextTickAsync(cancellationToken))
                    await samples.TakeAsync(0, () => ReadAsync(http, url, cookie, 5, cancellationToken));
            },
            cancellationToken)));
    }

    private static async Task ReadAsync(HttpMessageInvoker http, Uri url, string cookie, int bytes, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Cookie", cookie);
        using var answer = await http.SendAsync(request, cancellationToken);
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(bytes > 1024 ? 256 * 1024 : 1024);
        var read = 0;
        while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            read += count;
        System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        if (answer.StatusCode is not HttpStatusCode.OK || read != bytes)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{url} answered {(int)answer.StatusCode} with {read} bytes."));
    }

    private static async Task<string> EnterAsync(HttpMessageInvoker http, Uri openUrl, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, openUrl) { Headers = { { "Accept", "text/html" } } };
        using var answer = await http.SendAsync(request, cancellationToken);
        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    private static HttpMessageInvoker Client(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect) => new(new SocketsHttpHandler
    {
        ConnectCallback = connect,
        MaxConnectionsPerServer = Connections,
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
    });

    private static async ValueTask<Stream> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
