using System.Diagnostics;
using System.Globalization;
using ModelContextProtocol.Client;

namespace Miosa.Bench;

/// <summary>The program as people run it, asked over its own transports.</summary>
internal sealed class Host : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _key;
    private Uri? _address;

    private Host(Process process) => _process = process;

    /// <summary>It lies beside this program.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "miosa");

    public Uri Address => _address ?? throw new InvalidOperationException("The host did not say where it listens.");

    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static Process Launch(string home) => Process.Start(new ProcessStartInfo(Program, ["serve", "--home", home, "--http", "127.0.0.1:0", "--new-key"])
    {
        RedirectStandardOutput = true,
        RedirectStandardInput = true,
    })!;

    public static async Task<Host> StartAsync(string home, CancellationToken cancellationToken)
    {
        var host = new Host(Launch(home));
        var reading = host.ReadAsync();
        await Task.WhenAny(host._greeted.Task, reading).WaitAsync(LongestStart, cancellationToken);
        return host._greeted.Task.IsCompleted ? host : throw new InvalidOperationException("The host ended as soon as it was started.");
    }

    /// <param name="cancellationToken">Gives up connecting.</param>
    /// <param name="toolsets">Which tools to have; the default ones if absent.</param>
    public async Task<McpClient> HttpAsync(CancellationToken cancellationToken, string toolsets = "default") => await McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = Address,
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string>(StringComparer.Ordinal) { ["Authorization"] = $"Bearer {_key}", ["X-Miosa-Toolsets"] = toolsets },
        }),
        cancellationToken: cancellationToken);

    public static async Task<McpClient> StdioAsync(string home, CancellationToken cancellationToken, params IReadOnlyList<string> arguments) => await McpClient.CreateAsync(
        new StdioClientTransport(new StdioClientTransportOptions { Name = "bench", Command = Program, Arguments = ["mcp", "--home", home, .. arguments] }),
        cancellationToken: cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_process);
        _process.Dispose();
    }

    /// <summary>Ends it as a service manager would.</summary>
    public static async Task StopAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            foreach (var word in line.Split([' ', '"'], StringSplitOptions.RemoveEmptyEntries))
            {
                if (word.StartsWith("msk_u_", StringComparison.Ordinal))
                    _key = word;
                if (word.StartsWith("http://", StringComparison.Ordinal))
                    _address = new Uri(word);
            }
            // The last that a host says when it is up is how to connect over HTTP.
            if (_key is not null && _address is not null)
                _greeted.TrySetResult();
        }
    }
}
