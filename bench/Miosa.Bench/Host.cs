using System.Diagnostics;
using System.Globalization;
using ModelContextProtocol.Client;

namespace Miosa.Bench;

/// <summary>The program as people run it: started cold, asked over its own transports.</summary>
internal sealed class Host : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _key;
    private Uri? _address;

    private Host(Process process) => _process = process;

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "miosa");

    public Uri Address => _address ?? throw new InvalidOperationException("The host did not say where it listens.");

    public string Key => _key ?? throw new InvalidOperationException("The host did not show a key.");

    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public static async Task<Host> StartAsync(string home)
    {
        var start = new ProcessStartInfo(Program, ["serve", "--home", home, "--http", "127.0.0.1:0", "--new-key"]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        var host = new Host(Process.Start(start)!);
        _ = host.ReadAsync();
        await host._ready.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return host;
    }

    public async Task<McpClient> HttpAsync() => await McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions
    {
        Endpoint = Address,
        TransportMode = HttpTransportMode.StreamableHttp,
        AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {Key}" },
    }));

    public static async Task<McpClient> StdioAsync(string home) => await McpClient.CreateAsync(new StdioClientTransport(new StdioClientTransportOptions
    {
        Name = "bench",
        Command = Program,
        Arguments = ["mcp", "--home", home],
    }));

    public async ValueTask DisposeAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            foreach (var word in line.Split([' ', '"', '\''], StringSplitOptions.RemoveEmptyEntries))
            {
                if (word.StartsWith("msk_u_", StringComparison.Ordinal))
                    _key = word;
                if (word.StartsWith("http://", StringComparison.Ordinal) && word.EndsWith("/mcp", StringComparison.Ordinal))
                    _address = new Uri(word);
            }
            if (line.Contains("ready", StringComparison.OrdinalIgnoreCase))
                _ready.TrySetResult();
        }
    }
}
