using System.Diagnostics;

namespace Miosa.Devices.Templates;

/// <summary>Runs the commands of one build, one after another, and keeps all they print in a file.</summary>
internal sealed class BuildCommands(string logFile) : IAsyncDisposable
{
    private const int TailLines = 20;
    private static readonly TimeSpan _longestEnd = TimeSpan.FromSeconds(10);

    // Mounts and processes of a command live in namespaces of their own: when it is killed, both are gone with it.
    private static readonly string[] _contained = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"];

    private readonly StreamWriter _log = new(logFile, append: false) { AutoFlush = true };
    private readonly Queue<string> _tail = new();

    /// <summary>Ends when the command has; throws when it failed. Each line it prints is seen as it comes, one after another.</summary>
    public async Task RunAsync(IReadOnlyList<string> command, Action<string>? seen, CancellationToken cancellationToken)
    {
        if (await TryRunAsync(command, seen, cancellationToken) is var exitCode and not 0)
            throw Failed(command[0], exitCode);
    }

    public async Task<int> TryRunAsync(IReadOnlyList<string> command, Action<string>? seen, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _tail.Clear();
        Keep($"$ {string.Join(' ', command)}", seen: null);

        using var process = new Process { StartInfo = Contained(command) };
        process.OutputDataReceived += (_, line) => Keep(line.Data, seen);
        process.ErrorDataReceived += (_, line) => Keep(line.Data, seen);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        return process.ExitCode;
    }

    public async ValueTask DisposeAsync() => await _log.DisposeAsync();

    /// <summary>Ends what a host that was killed left running on a directory: with the outermost of a command goes all of it.</summary>
    public static void EndAllThatName(string directory)
    {
        foreach (var process in Process.GetProcessesByName("unshare"))
        {
            using (process)
            {
                if (CommandLine(process.Id).Contains(directory, StringComparer.Ordinal))
                {
                    process.Kill();
                    process.WaitForExit(_longestEnd);
                }
            }
        }
    }

    private static string[] CommandLine(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Split('\0');
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return [];
        }
    }

    private static ProcessStartInfo Contained(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo("unshare", [.. _contained, .. command])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        return start;
    }

    private void Keep(string? line, Action<string>? seen)
    {
        if (line is null)
            return;

        lock (_tail)
        {
            _log.WriteLine(line);
            _tail.Enqueue(line);
            if (_tail.Count > TailLines)
                _tail.Dequeue();
            // Not outside: what it prints and what it complains of are read by two threads.
            seen?.Invoke(line);
        }
    }

    private TemplateBuildException Failed(string program, int exitCode)
    {
        string[] tail;
        lock (_tail)
            tail = [.. _tail];

        return new TemplateBuildException($"Building the template failed: {program} ended with {exitCode}.", Remedy(tail), logFile, tail);
    }

    private string Remedy(IReadOnlyList<string> tail)
    {
        bool Says(params string[] texts) => tail.Any(line => texts.Any(text => line.Contains(text, StringComparison.OrdinalIgnoreCase)));

        if (Says("No space left on device", "Disk quota exceeded"))
            return "Free 2 GB where the template is built, then try again.";
        if (Says("Could not resolve", "Could not connect", "Unable to connect", "Failed to fetch", "Connection timed out", "Temporary failure"))
            return "Debian's archive was not reached. Check the network, or set the mirror in this machine's /etc/apt, then try again.";
        if (Says("NO_PUBKEY", "is not signed", "Clearsigned file isn't valid"))
            return "The archive's signature was not accepted. Install debian-archive-keyring and check this machine's clock, then try again.";
        return $"Read the end of {logFile}, mend what it names, then try again.";
    }
}
