using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Transports;

/// <summary>`miosa mcp` as a client starts it, and the lines between the two.</summary>
internal sealed class BridgeProcess : IAsyncDisposable
{
    public const string Initialize = """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"end-to-end","version":"1"}}}""";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private BridgeProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static BridgeProcess Start(string home, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet", [MiosaProcess.Program, "mcp", "--home", home])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[name] = value;
        return new BridgeProcess(Process.Start(start)!);
    }

    public async Task InitializeAsync()
    {
        await SayAsync(Initialize);
        Assert.Equal("2025-06-18", (string)(await HearAsync(1))["result"]!["protocolVersion"]!);
        await SayAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
    }

    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>The answer with this id. Every line on the way must be a protocol message.</summary>
    public async Task<JsonObject> HearAsync(int id)
    {
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            var message = JsonNode.Parse(line)!.AsObject();
            Assert.Equal("2.0", (string)message["jsonrpc"]!);
            if (message["id"]?.ToString() == $"{id}" && !message.ContainsKey("method"))
                return message;
        }

        throw new EndOfStreamException($"The bridge ended before it answered {id}.");
    }

    /// <summary>Says that there is no more to come, and gives the exit code.</summary>
    public async Task<int> EndInputAsync()
    {
        _process.StandardInput.Close();
        return await ExitAsync();
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
