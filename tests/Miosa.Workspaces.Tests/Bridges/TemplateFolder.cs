using System.Runtime.CompilerServices;

namespace Miosa.Workspaces.Tests.Bridges;

/// <summary>The company that the repository ships, and folders made of it.</summary>
internal static class TemplateFolder
{
    public static string Path { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(Here(), "../../../workspace-template"));

    public static SortedDictionary<string, string> Texts()
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
            texts[System.IO.Path.GetRelativePath(Path, file).Replace('\\', '/')] = File.ReadAllText(file).ReplaceLineEndings("\n");
        return texts;
    }

    private static string Here([CallerFilePath] string file = "") => System.IO.Path.GetDirectoryName(file)!;
}
