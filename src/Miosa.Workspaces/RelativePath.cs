namespace Miosa.Workspaces;

/// <summary>Paths as files name each other.</summary>
internal static class RelativePath
{
    /// <summary>Where a path leads that stands in a file; null where it leaves the root.</summary>
    public static string? Join(string file, string path)
    {
        var steps = new List<string>(file.Split('/')[..^1]);
        foreach (var step in path.Split('/'))
        {
            if (step is "" or ".")
                continue;
            if (step is not "..")
                steps.Add(step);
            else if (steps.Count > 0)
                steps.RemoveAt(steps.Count - 1);
            else
                return null;
        }
        return string.Join('/', steps);
    }
}
