using System.Diagnostics;

namespace Miosa.Devices;

/// <summary>Runs a program of the machine to its end and keeps what it said.</summary>
internal static class Tool
{
    private const int KeptOutput = 64 * 1024;

    /// <summary>What the program printed.</summary>
    /// <exception cref="EngineException">It is missing, or failed: <paramref name="failure"/> with its own words.</exception>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string failure, string remedy, CancellationToken cancellationToken, string? directory = null)
    {
        var (exitCode, said, errors) = await TryRunAsync(program, arguments, failure, remedy, cancellationToken, directory);
        return exitCode is 0 ? said : throw new EngineException($"{failure} `{program}` said: {Tail(errors)}", remedy);
    }

    /// <summary>What the program printed, also where it failed.</summary>
    /// <exception cref="EngineException">It is missing.</exception>
    public static async Task<(int ExitCode, string Said, string Errors)> TryRunAsync(
        string program, IReadOnlyList<string> arguments, string failure, string remedy, CancellationToken cancellationToken, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = directory ?? "", RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new EngineException($"{failure} The program `{program}` could not be started: {exception.Message}.", remedy, exception);
        }
        using (process)
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            try
            {
                await process.WaitForExitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
            return (process.ExitCode, await output, await errors);
        }
    }

    private static string Tail(string text) => text.Length <= KeptOutput ? text.Trim() : text[^KeptOutput..].Trim();
}
