using System.Globalization;
using Miosa.Devices.Native;

namespace Miosa.Devices.Volumes;

/// <summary>A directory for what is not finished, named after the process it belongs to: nobody else touches it while that lives.</summary>
internal sealed class Workshop
{
    private const int Kill = 9;
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);
    private readonly string _path;

    private Workshop(string path) => _path = path;

    /// <summary>The one of this process.</summary>
    public static Workshop Open(string all)
    {
        var me = RunningProcess.Find(Environment.ProcessId)!;
        return new(Directory.CreateDirectory(Path.Combine(all, string.Create(CultureInfo.InvariantCulture, $"{me.Pid}-{me.StartTicks}"))).FullName);
    }

    /// <summary>Those of processes that are no more, in which nobody works any more either.</summary>
    public static async Task<IReadOnlyList<string>> FindAbandonedAsync(string all)
    {
        List<string> abandoned = [.. Directory.GetDirectories(all).Where(path => Owner(path) is not { IsAlive: true })];
        foreach (var path in abandoned)
            await EndToolsAsync(path);
        return abandoned;
    }

    public string NewPath() => Path.Combine(_path, Guid.NewGuid().ToString("n"));

    private static RunningProcess? Owner(string path) =>
        Path.GetFileName(path).Split('-') is [var pid, var ticks]
        && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && ulong.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var started)
            ? new RunningProcess(number, started)
            : null;

    /// <summary>A program that copies or removes goes on when the host that started it is killed; it stands in the directory it works in.</summary>
    private static async Task EndToolsAsync(string path)
    {
        foreach (var directory in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || RunningProcess.Find(pid) is not { } process)
                continue;
            if (!StandsIn(directory, path))
                continue;
            process.Signal(Kill);
            await process.WaitForExitAsync(LongestEnd);
        }
    }

    private static bool StandsIn(string process, string path)
    {
        try
        {
            return new DirectoryInfo(process + "/cwd").LinkTarget is { } target && (target + '/').StartsWith(path + '/', StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return false;
        }
    }
}
