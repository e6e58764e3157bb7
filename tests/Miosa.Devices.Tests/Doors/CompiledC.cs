using System.Diagnostics;

namespace Miosa.Devices.Tests.Doors;

/// <summary>The door and its adversaries, compiled once a run from the sources beside this one.</summary>
internal static class CompiledC
{
    private static readonly Lazy<Task<string>> Door = new(() => CompileAsync("miosa-door", Directory.GetFiles(Path.Combine(Repository(), "src/Miosa.Devices/Door"), "*.c")));
    private static readonly Lazy<Task<string>> Hostile = new(() => CompileAsync("hostile", [Path.Combine(Repository(), "tests/Miosa.Devices.Tests/Doors/hostile.c")]));

    private static readonly Lazy<Task<string>> Pairs = new(() => CompileAsync("pairs", [Path.Combine(Repository(), "tests/Miosa.Devices.Tests/Volumes/pairs.c")]));

    public static Task<string> DoorAsync() => Door.Value;

    public static Task<string> HostileAsync() => Hostile.Value;

    public static Task<string> PairsAsync() => Pairs.Value;

    private static async Task<string> CompileAsync(string name, string[] sources)
    {
        /* Where every user can reach it: the build's own directory may lie in somebody's home. */
        var directory = Directory.CreateTempSubdirectory("door-bin-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        File.SetUnixFileMode(directory, (UnixFileMode)0x1ED);
        var target = Path.Combine(directory, name);
        using var gcc = Process.Start(new ProcessStartInfo("gcc", ["-static", "-Os", "-Wall", "-Wextra", "-Werror", "-o", target, .. sources]))!;
        await gcc.WaitForExitAsync();
        return gcc.ExitCode == 0 ? target : throw new InvalidOperationException($"gcc could not make {name}.");
    }

    private static string Repository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Miosa.Mcp.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("The tests run outside the repository.");
        return directory.FullName;
    }
}
