namespace Miosa.Devices.Volumes;

/// <summary>What is mounted where, as this process sees it.</summary>
internal static class Mounts
{
    public static bool IsMounted(string path) => Lines(path).Any();

    /// <summary>The device that is mounted at <paramref name="path"/>.</summary>
    public static string SourceOf(string path)
    {
        var fields = Lines(path).Last();
        return fields[Array.IndexOf(fields, "-") + 2];
    }

    private static IEnumerable<string[]> Lines(string path)
    {
        var name = path.Replace(" ", "\\040", StringComparison.Ordinal);
        return File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')).Where(fields => fields.Length > 4 && fields[4] == name);
    }
}
