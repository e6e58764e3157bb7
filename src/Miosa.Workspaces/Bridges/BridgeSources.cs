namespace Miosa.Workspaces.Bridges;

/// <summary>The words of the files that a contract was loaded from.</summary>
public static class BridgeSources
{
    /// <summary>Reads the texts of the contract, with line feeds. What cannot be read any more, or only in part, is not in the answer.</summary>
    public static IReadOnlyDictionary<string, string> Read(WorkspaceLoader loader, LoadResult loaded)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var workspace = loaded.Workspace;
        var paths = workspace.BootFiles
            .Concat(workspace.Company.Path is { } company ? [company] : [])
            .Concat(workspace.Agents.Select(agent => agent.Path))
            .Concat(workspace.Runbooks.Select(runbook => runbook.Path))
            .Concat(workspace.Skills.Select(skill => skill.Path))
            .Concat(workspace.Skills.SelectMany(SkillFiles.Readable).Select(file => file.Path));
        foreach (var path in paths)
        {
            if (!texts.ContainsKey(path) && loader.ReadText(loaded, path, out var isCut) is { } text && !isCut)
                texts[path] = ManagedBlock.Strip(text.ReplaceLineEndings("\n"));
        }
        return texts;
    }
}
