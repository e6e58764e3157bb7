using System.IO.Abstractions;

namespace Miosa.Workspaces.Bridges;

/// <summary>The words of the files that a contract was loaded from.</summary>
public static class BridgeSources
{
    private const long MostBytes = 1 << 20;

    /// <summary>Reads the Markdown of the contract. What cannot be read any more is not in the answer.</summary>
    public static IReadOnlyDictionary<string, string> Read(IFileSystem files, Workspace workspace)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var paths = workspace.BootFiles
            .Concat(workspace.Company.Path is { } company ? [company] : [])
            .Concat(workspace.Agents.Select(agent => agent.Path))
            .Concat(workspace.Runbooks.Select(runbook => runbook.Path))
            .Concat(workspace.Skills.Select(skill => skill.Path))
            .Concat(workspace.Skills.SelectMany(SkillFiles.Readable).Select(file => file.Path));
        foreach (var path in paths)
        {
            if (!texts.ContainsKey(path) && ReadOne(files, workspace.Root, path) is { } text)
                texts[path] = text;
        }
        return texts;
    }

    private static string? ReadOne(IFileSystem files, string root, string path)
    {
        var place = InsideRoot.Find(files, root, path);
        if (place is null || !files.File.Exists(place) || files.FileInfo.New(place).Length > MostBytes)
            return null;
        try
        {
            return ManagedBlock.Strip(files.File.ReadAllText(place).ReplaceLineEndings("\n"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
