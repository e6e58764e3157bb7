using System.Text;

namespace Miosa.Workspaces.Bridges;

/// <summary>Runbooks as the commands of a runtime.</summary>
internal static class RunbookFiles
{
    /// <summary>A file for each runbook.</summary>
    public static IEnumerable<BridgeFile> Write(BridgeInput input, Func<string, string> path, Func<Runbook, string> frontMatter, List<string> leftOut, int longest = int.MaxValue)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var runbook in input.Workspace.Runbooks)
        {
            var name = SafeName.Of(runbook.Id);
            if (AgentFiles.Source(input, runbook.Path, path(name), leftOut) is not { } text)
                continue;
            if (!taken.Add(name))
            {
                leftOut.Add($"the runbook {runbook.Path}: another is called {name} too");
                continue;
            }
            var content = GeneratedText.Of(frontMatter(runbook), runbook.Path, text, Steps(input, runbook.Path));
            if (content.Length > longest)
            {
                leftOut.Add($"{runbook.Path}: longer than {longest} characters, so the command says where to read it");
                content = frontMatter(runbook) + GeneratedText.Head(runbook.Path) + $"\nRead `{runbook.Path}` whole, then follow it step by step. It is too long to stand here.\n";
            }
            yield return new BridgeFile.Whole(path(name), content);
        }
    }

    /// <summary>A header that says what it is for, and nothing else.</summary>
    public static string Header(Runbook runbook) => YamlText.FrontMatter([("description", YamlText.Scalar(runbook.Description ?? runbook.Name))]);

    /// <summary>What a runbook that is not Markdown says, to be read.</summary>
    internal static string Steps(BridgeInput input, string path)
    {
        if (path.EndsWith(".md", StringComparison.OrdinalIgnoreCase) || input.Workspace.Runbooks.FirstOrDefault(runbook => runbook.Path == path) is not { } runbook)
            return "";
        var text = new StringBuilder($"\n# {YamlText.OneLine(runbook.Name)}\n\n## Steps\n\n");
        for (var i = 0; i < runbook.Steps.Count; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i + 1}. {YamlText.OneLine(runbook.Steps[i].Text)}\n");
        if (runbook.Checks.Count > 0)
            text.Append("\n## Checks\n\n").AppendJoin('\n', runbook.Checks.Select(check => $"- {YamlText.OneLine(check)}")).Append('\n');
        return Harmless.Make(text.ToString());
    }
}
