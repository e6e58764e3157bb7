using System.Text;

namespace Miosa.Workspaces.Bridges;

/// <summary>The text a runtime begins with: the boot file, the company's facts, and where the rest is; within the runtime's limit.</summary>
internal sealed class BootDocument(BridgeInput input, BootDocument.Limit limit, bool listsSkills, bool hasServer = true)
{
    /// <summary>How much a runtime reads of such a file; its head and the block around it are counted.</summary>
    internal sealed record Limit(int Characters, int Bytes = int.MaxValue);

    private const int Around = 400;

    private readonly List<string> _leftOut = [];
    private readonly Workspace _workspace = input.Workspace;

    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <summary>What it is made from, in words.</summary>
    public static string Sources(Workspace workspace) => string.Join(" and ", workspace.BootFiles.Concat(workspace.Company.Path is { } path ? [path] : []).Distinct(StringComparer.Ordinal).DefaultIfEmpty("this folder"));

    /// <summary>The file a runtime begins with; nothing where that file is the contract itself.</summary>
    public static IEnumerable<BridgeFile> File(BridgeInput input, string path, Limit limit, List<string> leftOut, bool listsSkills = false, bool hasServer = true)
    {
        if (input.Workspace.BootFiles.Contains(path, StringComparer.Ordinal))
            yield break;
        var document = new BootDocument(input, limit, listsSkills, hasServer);
        yield return new BridgeFile.Boot(path, document.Write());
        leftOut.AddRange(document.LeftOut.Select(what => $"{path} leaves out {what}"));
    }

    /// <summary>The same as a rule, for runtimes that have rules instead of one file.</summary>
    public static BridgeFile Rule(BridgeInput input, string path, Limit limit, string frontMatter, List<string> leftOut)
    {
        var document = new BootDocument(input, limit, listsSkills: false);
        var content = frontMatter + GeneratedText.Head(Sources(input.Workspace)) + document.Write();
        leftOut.AddRange(document.LeftOut.Select(what => $"{path} leaves out {what}"));
        return new BridgeFile.Whole(path, content);
    }

    /// <summary>
    /// AGENTS.md, which many runtimes read, so all bridges write the same one. Codex reads 32 KiB of all such files on
    /// the way to a directory together, OpenClaw 20,000 characters of each.
    /// </summary>
    public static IEnumerable<BridgeFile> AgentsMd(BridgeInput input, List<string> leftOut) => File(input, "AGENTS.md", new Limit(20_000, 30_000), leftOut);

    /// <summary>The text without a first line of its own.</summary>
    public string Write()
    {
        // What is left out first is what can be looked up most easily.
        foreach (var (facts, entries) in ((bool, int)[])[(true, int.MaxValue), (true, 40), (false, 40), (false, 10), (false, 0)])
        {
            var text = Build(facts, entries, boot: int.MaxValue);
            if (Fits(text))
                return text;
        }
        for (var boot = limit.Characters - Around; boot > 0; boot = boot * 3 / 4)
        {
            var text = Build(facts: false, entries: 0, boot);
            if (Fits(text))
                return text;
        }
        return Build(facts: false, entries: 0, boot: 0);
    }

    private bool Fits(string text) => text.Length + Around <= limit.Characters && Encoding.UTF8.GetByteCount(text) + Around <= limit.Bytes;

    private string Build(bool facts, int entries, int boot)
    {
        _leftOut.Clear();
        var text = new GeneratedText().Words("\n");
        Boot(text, boot);
        if (hasServer)
            text.Words($"\n## The machine\n\nThe MCP server `{McpServer.Key}` has the company's devices and this contract. Call its `workspace_get` first; it keeps to the limits and approvals of the contract, whatever is asked of you.\n");
        if (_workspace.Company.Facts.Fields.Count > 0)
            Facts(text, facts);
        List(text, "Agents", entries, _workspace.Agents.Select(agent => (agent.Id, AgentFiles.Describe(agent), agent.Path)));
        if (listsSkills)
            List(text, "Skills", entries, _workspace.Skills.Select(skill => (skill.Name, skill.Description, skill.Path)));
        List(text, "Runbooks", entries, _workspace.Runbooks.Select(runbook => (runbook.Id, runbook.Description ?? runbook.Name, runbook.Path)));
        return text.ToString();
    }

    private void Boot(GeneratedText text, int most)
    {
        foreach (var path in _workspace.BootFiles)
        {
            if (!input.Texts.TryGetValue(path, out var file))
            {
                _leftOut.Add($"{path}: it could not be read");
                continue;
            }
            if (file.Length <= most)
            {
                text.File(path, file);
                most -= file.Length;
            }
            else
            {
                var (_, body) = GeneratedText.Split(file);
                var end = most is 0 || body.LastIndexOf("\n\n", Math.Min(most, body.Length - 1), StringComparison.Ordinal) is not (> 0 and var paragraph) ? 0 : paragraph + 1;
                text.Words(Harmless.Make(body[..end])).Words($"\n(This is not all of it. Read `{path}`.)\n");
                _leftOut.Add($"{path}: all but the first {end} characters");
                most = 0;
            }
            text.Words("\n");
        }
    }

    private void Facts(GeneratedText text, bool whole)
    {
        var company = _workspace.Company;
        text.Words("\n## The company\n\n");
        if (!whole)
        {
            text.Words($"{company.Name}: {company.Description ?? company.Mission ?? "see its file"}\n\nIts facts do not fit here. Read `{company.Path}`, or ask `company_get` by path.\n");
            _leftOut.Add($"{company.Path}: its facts");
            return;
        }
        var yaml = YamlText.Of(company.Facts);
        var fence = "```";
        while (yaml.Contains(fence, StringComparison.Ordinal))
            fence += "`";
        text.Words($"{fence}yaml\n");
        if (company.Path is { } path && !_workspace.BootFiles.Contains(path, StringComparer.Ordinal))
            text.Rendered(path, yaml);
        else
            text.Words(Harmless.Make(yaml));
        text.Words($"{fence}\n");
    }

    private void List(GeneratedText text, string title, int most, IEnumerable<(string Name, string Description, string Path)> items)
    {
        var all = items.ToList();
        if (all.Count is 0)
            return;
        text.Words($"\n## {title}\n\n");
        foreach (var (name, description, path) in all.Take(most))
            text.Words($"- `{SafeName.Of(name)}`: {Harmless.Make(Short(description))} (`{path}`)\n");
        if (all.Count <= most)
            return;
        var rest = all.Count - most;
        text.Words($"{(most > 0 ? "- " : "")}{rest} {(most > 0 ? "more" : "of them")} do not fit here: look into `{Folder(all[^1].Path)}`.\n");
        _leftOut.Add($"{title.ToLowerInvariant()}: the list of {rest}");
    }

    private static string Folder(string path) => path.IndexOf('/', StringComparison.Ordinal) is > 0 and var end ? path[..(end + 1)] : path;

    private static string Short(string description)
    {
        var line = YamlText.OneLine(description);
        return line.Length <= 200 ? line : YamlText.Beginning(line, 199) + "…";
    }
}
