using System.Globalization;

namespace Miosa.Mcp.Processes;

/// <summary>Names of the signals that Linux has on every architecture we run on.</summary>
internal static class Signals
{
    private static readonly Dictionary<string, int> Numbers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SIGHUP"] = 1, ["SIGINT"] = 2, ["SIGQUIT"] = 3, ["SIGILL"] = 4, ["SIGTRAP"] = 5, ["SIGABRT"] = 6, ["SIGBUS"] = 7,
        ["SIGFPE"] = 8, ["SIGKILL"] = 9, ["SIGUSR1"] = 10, ["SIGSEGV"] = 11, ["SIGUSR2"] = 12, ["SIGPIPE"] = 13,
        ["SIGALRM"] = 14, ["SIGTERM"] = 15, ["SIGCHLD"] = 17, ["SIGCONT"] = 18, ["SIGSTOP"] = 19, ["SIGTSTP"] = 20,
        ["SIGTTIN"] = 21, ["SIGTTOU"] = 22, ["SIGXCPU"] = 24, ["SIGXFSZ"] = 25, ["SIGWINCH"] = 28, ["SIGSYS"] = 31,
    };

    public static string Name(int number) =>
        Numbers.FirstOrDefault(pair => pair.Value == number).Key ?? string.Create(CultureInfo.InvariantCulture, $"signal {number}");

    public static int Number(string name) => Numbers[name];
}
