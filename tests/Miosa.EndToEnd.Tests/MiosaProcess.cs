using System.Diagnostics;

namespace Miosa.EndToEnd.Tests;

/// <summary>The program as a person runs it: the built `miosa`, a home of its own, real processes.</summary>
internal sealed class MiosaProcess : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);
    private const int MostAttempts = 5;
    private readonly Process _process;
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _printed = [];

    private MiosaProcess(Process process) => _process = process;

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "miosa.dll");

    public int Id => _process.Id;

    /// <summary>What it printed so far.</summary>
    public string Printed
    {
        get
        {
            lock (_printed)
                return string.Join('\n', _printed);
        }
    }

    /// <summary>
    /// Starts `miosa serve` and waits until it says that it is ready. A client that outlived the last host may have
    /// started one meanwhile; that one is stopped, so that the test has its host in its own hands.
    /// </summary>
    public static Task<MiosaProcess> ServeAsync(string home, params IReadOnlyList<string> arguments) => ServeThroughAsync([], home, arguments);

    /// <summary>The same by another program, which becomes the host when it has prepared what it does.</summary>
    public static async Task<MiosaProcess> ServeThroughAsync(IReadOnlyList<string> program, string home, params IReadOnlyList<string> arguments)
    {
        for (var attempt = 1; ; attempt++)
        {
            var host = new MiosaProcess(StartServing([.. program, "dotnet", Program, "serve", "--home", home, .. arguments]));
            _ = host.ReadAsync(host._process.StandardOutput);
            _ = host.ReadAsync(host._process.StandardError);
            var exited = host._process.WaitForExitAsync();
            if (await Task.WhenAny(host._ready.Task, exited).WaitAsync(LongestStart) != exited)
                return host;
            if (attempt is MostAttempts || !host.Printed.Contains($"holds {home}", StringComparison.Ordinal))
                throw new InvalidOperationException($"The host ended with {host._process.ExitCode}: {host.Printed}");
            await RunAsync("stop", "--home", home);
        }
    }

    private static Process StartServing(IReadOnlyList<string> command) => Process.Start(
        new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;

    /// <summary>All it printed, once this is part of it.</summary>
    public async Task<string> PrintedAsync(string part)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!Printed.Contains(part, StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < LongestStart, $"'{part}' was not printed: {Printed}");
            await Task.Yield();
        }

        return Printed;
    }

    /// <summary>Ends it as a crash would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends it as a person would, and tells how it went.</summary>
    public async Task<int> StopAsync(string signal = "TERM")
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(LongestStart);
        return _process.ExitCode;
    }

    /// <summary>Runs another word of the program to its end.</summary>
    public static async Task<(int Code, string Output)> RunAsync(params IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(5));
        return (process.ExitCode, await output + await errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await StopAsync();
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_printed)
                _printed.Add(line);
            if (line.Contains("is running", StringComparison.Ordinal))
                _ready.TrySetResult(line);
        }
    }
}
