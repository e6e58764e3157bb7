namespace Miosa.Mcp.Hosting;

/// <summary>How this very program is started again.</summary>
internal static class Executable
{
    /// <summary>The program and its first arguments: the apphost, or <c>dotnet miosa.dll</c>.</summary>
    public static IReadOnlyList<string> Command { get; } = Find();

    /// <summary>The same, to be shown to a person: the launcher, where that started it.</summary>
    public static string Name => Environment.GetEnvironmentVariable("MIOSA_LAUNCHER") is { Length: > 0 } launcher ? launcher : string.Join(' ', Command);

    private static string[] Find()
    {
        var process = Environment.ProcessPath ?? "miosa";
        return Path.GetFileNameWithoutExtension(process) is "dotnet"
            ? [process, Path.Combine(AppContext.BaseDirectory, "miosa.dll")]
            : [process];
    }
}
