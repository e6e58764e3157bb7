using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Miosa.Workspaces.Folders;
using Miosa.Workspaces.Parts;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces;

/// <summary>Puts the pieces of a folder together, and checks what they say about each other.</summary>
internal sealed class WorkspaceAssembler
{
    private const int MostProblems = 10_000;
    private const int MostLooks = 2_000;
    private readonly FolderImage _image;
    private readonly IReadOnlyList<Piece> _pieces;
    private readonly List<Problem> _problems = [];
    private readonly List<Problem> _strict = [];
    private bool _isFull;
    private readonly Names _agentNames = new();
    private readonly Names _skillNames = new();
    private readonly HashSet<string> _tasks = new(StringComparer.OrdinalIgnoreCase);

    private WorkspaceAssembler(FolderImage image)
    {
        _image = image;
        var written = image.Pieces.Where(piece => !piece.IsGenerated).ToList();
        // A folder in which nothing is left but what a bridge wrote is read from that.
        var generated = image.Pieces.Count - written.Count;
        var isOnlyGenerated = image.IsOnlyGenerated;
        _pieces = isOnlyGenerated ? image.Pieces : written;
        if (generated > 0 && !isOnlyGenerated)
            Tell(Codes.NotReadAgain, Severity.Info, "", string.Create(CultureInfo.InvariantCulture, $"{generated} files were written by `miosa bridge` from this contract; they were not read as a part of it."), "nothing needs to be done; change the contract and bridge it again.");
    }

    public static LoadResult Assemble(FolderImage image) => new WorkspaceAssembler(image).Run();

    private LoadResult Run()
    {
        _problems.AddRange(_image.Scan.Problems);
        _problems.AddRange(_image.Problems);
        foreach (var piece in _pieces)
        {
            _problems.AddRange(piece.Problems);
            _strict.AddRange(piece.Strict);
        }

        var instructions = Of<InstructionFile>(FileKind.Instruction).ToList();
        var (company, package) = Company();
        var (boot, bootFiles) = Boot(instructions, package);
        var sidecar = Of<TriggerPart.Sidecar>(FileKind.Sidecar).FirstOrDefault();
        var agents = Agents(instructions, company, sidecar);
        var skills = Skills();
        var tasks = Of<IReadOnlyList<PlannedTask>>(FileKind.Task).SelectMany(list => list).ToList();
        _tasks.UnionWith(tasks.Select(task => task.Id));
        agents = ReportingLines.Resolve(agents, _agentNames, Place, _problems);
        CheckMentions();
        CheckRules(company);

        var workspace = new Workspace
        {
            Root = _image.Folder.Name,
            BootText = boot,
            BootFiles = bootFiles,
            Company = company,
            Agents = agents,
            Skills = skills,
            Runbooks = Runbooks(),
            Teams = [.. Of<Team>(FileKind.Team)],
            Projects = [.. Of<Project>(FileKind.Project)],
            Tasks = tasks,
            Triggers = [.. Of<IReadOnlyList<Trigger>>(FileKind.Triggers).SelectMany(list => list), .. sidecar?.Triggers ?? []],
            Instructions = [.. instructions.Where(file => !bootFiles.Contains(file.Path))],
            Artifacts = _image.Scan.Artifacts,
            Receipts = _image.Scan.Receipts,
            Dialects = DialectFinder.Find(_pieces, _image.Scan, company),
            Extra = Of<InstructionFile>(FileKind.Boot).FirstOrDefault()?.Extra ?? Fact.Map.Empty,
            Fingerprint = Fingerprint(),
        };
        CheckWhole(workspace);
        return new LoadResult { Workspace = workspace, Problems = Sorted(_problems), StrictProblems = Sorted(_strict), Image = _image };
    }

    private IEnumerable<T> Of<T>(FileKind kind) => _pieces.Where(piece => piece.File.Kind == kind).Select(piece => piece.Item).OfType<T>();

    private (Company Company, CompanyPart.Read? Package) Company()
    {
        var files = _pieces.Where(piece => piece.File.Kind is FileKind.Company or FileKind.CompanyPackage).OrderBy(piece => piece.File.Kind).ToList();
        foreach (var second in files.Skip(1).Where(second => second.File.Kind == files[0].File.Kind))
            Tell(Codes.SecondOfAKind, Severity.Warning, second.File.Path, $"the company is described in {Quote.Of(files[0].File.Path)} too, which holds.", "leave one.");
        var read = files.Select(piece => piece.Item).OfType<CompanyPart.Read>().FirstOrDefault();
        var package = Of<CompanyPart.Read>(FileKind.CompanyPackage).FirstOrDefault();
        var folder = FolderName();
        var company = read?.Company ?? new Company { Name = "", Slug = "" };
        // A company file is there and nothing of it is known: it may have said no to everything.
        if (read is null && files.Count > 0)
            company = company with { Path = files[0].File.Path, Tools = new ToolRules { Allow = [] }, Approvals = new ApprovalPolicy { Mode = ApprovalMode.Manual }, Budget = new Budget { Limit = new BudgetLimit.Amount(0) } };
        if (company.Name is "")
            company = company with { Name = Slug.Title(folder), Slug = company.Slug is "" ? folder : company.Slug };
        return (company, package);
    }

    private string FolderName()
    {
        var name = _image.Folder.Name.Replace('\\', '/').TrimEnd('/');
        return Slug.Of(name[(name.LastIndexOf('/') + 1)..]) is { Length: > 0 } slug ? slug : "workspace";
    }

    private (string Text, IReadOnlyList<string> Files) Boot(List<InstructionFile> instructions, CompanyPart.Read? package)
    {
        if (Of<InstructionFile>(FileKind.Boot).FirstOrDefault() is { } system)
            return (system.Text, [system.Path]);
        if (package is { Body: var body } && !body.AsSpan().IsWhiteSpace())
            return (body, [package.Company.Path!]);
        var roots = instructions.Where(file => !file.Path.Contains('/', StringComparison.Ordinal)).ToList();
        var agents = roots.Find(file => file.Path is "AGENTS.override.md") ?? roots.Find(file => string.Equals(file.Path, "AGENTS.md", StringComparison.OrdinalIgnoreCase));
        // OpenClaw reads these in this order.
        var identity = roots.Where(file => file.Kind is InstructionKind.Identity or InstructionKind.User or InstructionKind.Tools).OrderBy(file => file.Path switch { "SOUL.md" => 0, "IDENTITY.md" => 1, "USER.md" => 2, _ => 3 }).ToList();
        if (agents is not null && identity.Count > 0)
            return (string.Join("\n\n", identity.Prepend(agents).Select(file => file.Text.Trim())) + "\n", [agents.Path, .. identity.Select(file => file.Path)]);
        var boot = agents ?? roots.Find(file => file.Path is "CLAUDE.md") ?? roots.Find(file => file.Kind is InstructionKind.Boot) ?? instructions.Find(file => file.Kind is InstructionKind.Boot);
        return boot is null ? ("", []) : (boot.Text, [boot.Path]);
    }

    private List<Agent> Agents(List<InstructionFile> instructions, Company company, TriggerPart.Sidecar? sidecar)
    {
        List<Agent> agents = [];
        Dictionary<string, Agent> byId = new(StringComparer.OrdinalIgnoreCase);
        foreach (var piece in _pieces.Where(piece => piece.File.Kind is FileKind.Agent))
        {
            // A file that is there and cannot be read is an agent that may do nothing.
            var agent = piece.Item as Agent ?? new Agent { Id = Slug.OfFile(piece.File.Path) is { Length: > 0 } slug ? slug : "agent", Name = Slug.Title(Slug.OfFile(piece.File.Path)), Body = "", Path = piece.File.Path, Tools = new ToolRules { Allow = [] }, DevicePermissions = [] };
            if (byId.TryGetValue(agent.Id, out var first))
            {
                if (!piece.IsGenerated)
                    Tell(Codes.AgentTwice, piece.File.IsClients ? Severity.Info : Severity.Error, piece.File.Path, $"the agent {Quote.Of(agent.Id)} is in {Quote.Of(first.Path)} already, which holds.", "give it another id, or remove one of the files.");
                continue;
            }
            if (sidecar is not null && agent.Runtime is null && sidecar.Runtimes.TryGetValue(agent.Id, out var runtime))
                agent = agent with { Runtime = runtime };
            byId[agent.Id] = agent;
            agents.Add(agent);
        }
        if (agents.Count is 0 && OpenClawAgent.From(instructions, company) is { } own)
            agents.Add(own);
        foreach (var agent in agents)
            _agentNames.Add(agent.Id, Slug.Of(agent.Name), Slug.OfFile(agent.Path), Slug.Of(agent.Title ?? ""));
        return agents;
    }

    private List<Skill> Skills()
    {
        List<Skill> skills = [];
        Dictionary<string, Skill> byName = new(StringComparer.OrdinalIgnoreCase);
        foreach (var piece in _pieces)
        {
            if (piece.Item is not Skill skill)
                continue;
            if (byName.TryGetValue(skill.Name, out var first))
            {
                if (!piece.IsGenerated)
                    Tell(Codes.SkillTwice, piece.File.IsClients ? Severity.Info : Severity.Warning, piece.File.Path, $"the skill {Quote.Of(skill.Name)} is in {Quote.Of(first.Path)} already, which holds.", "give it another name, or remove one of them.");
                continue;
            }
            if (piece.File.Kind is FileKind.Skill && _image.Scan.SkillFiles.TryGetValue(skill.Folder, out var files))
                skill = skill with { References = In(files, "references/"), Scripts = In(files, "scripts/"), Assets = [.. files.Where(file => !file.Name.StartsWith("references/", StringComparison.Ordinal) && !file.Name.StartsWith("scripts/", StringComparison.Ordinal))] };
            byName[skill.Name] = skill;
            skills.Add(skill);
            _skillNames.Add(skill.Name, Slug.Of(skill.Name), Slug.OfFolder(skill.Path), Slug.Of(skill.Command ?? ""));
        }
        return skills;
    }

    private static IReadOnlyList<SkillFile> In(List<SkillFile> files, string folder) => [.. files.Where(file => file.Name.StartsWith(folder, StringComparison.Ordinal))];

    private List<Runbook> Runbooks()
    {
        Dictionary<string, Runbook> runbooks = new(StringComparer.OrdinalIgnoreCase);
        foreach (var runbook in Of<Runbook>(FileKind.Runbook))
        {
            if (!runbooks.TryAdd(runbook.Id, runbook))
                Tell(Codes.RunbookTwice, Severity.Warning, runbook.Path, $"the runbook {Quote.Of(runbook.Id)} is in {Quote.Of(runbooks[runbook.Id].Path)} already, which holds.", "give it another id, or remove one of the files.");
        }
        return [.. runbooks.Values];
    }

    private void CheckMentions()
    {
        foreach (var piece in _pieces)
        {
            foreach (var mention in piece.Mentions)
            {
                switch (mention.Kind)
                {
                    case MentionKind.Agent when mention.Field is "reportsTo" or "reports_to" or "reports-to": // ReportingLines
                        break;
                    case MentionKind.Agent when _agentNames.Find(mention.Name) is null:
                        Tell(Codes.UnknownAgent, Severity.Warning, piece.File.Path, $"`{mention.Field}` names {Quote.Of(mention.Name)}, and there is no such agent.", _agentNames.Count is 0 ? "write its file in `agents/`." : $"name one of {_agentNames}.", mention);
                        break;
                    case MentionKind.Skill when _skillNames.Find(mention.Name) is null:
                        Tell(Codes.UnknownSkill, Severity.Warning, piece.File.Path, $"`{mention.Field}` names {Quote.Of(mention.Name)}, and there is no such skill.", "write its folder in `skills/`, or correct the name.", mention);
                        break;
                    case MentionKind.Task when !_tasks.Contains(mention.Name):
                        Tell(Codes.UnknownAgent, Severity.Warning, piece.File.Path, $"`{mention.Field}` names {Quote.Of(mention.Name)}, and there is no such task.", "write its TASK.md in `tasks/`, or correct the name.", mention);
                        break;
                    case MentionKind.File:
                        CheckFile(piece, mention);
                        break;
                }
            }
        }
    }

    private void CheckFile(Piece piece, Mention mention)
    {
        var target = RelativePath.Join(piece.File.Path, mention.Name);
        if (target is null)
            Tell(Codes.ReferenceToNothing, Severity.Warning, piece.File.Path, $"the {mention.Field} {Quote.Of(mention.Name)} leads out of the workspace.", "copy what it leads to into the skill's folder.", mention);
        else if (!_image.Scan.Paths.Contains(target) && !IsThere(target))
            Tell(Codes.ReferenceToNothing, mention.Field is "references" ? Severity.Error : Severity.Warning, piece.File.Path, $"the {mention.Field} {Quote.Of(mention.Name)} leads to a file that is not there.", "write the file, or correct the path.", mention);
    }

    private bool IsThere(string path)
    {
        if (_image.Looked.TryGetValue(path, out var isThere))
            return isThere;
        // Each look is a question to a disk: so many are asked, the others are believed.
        if (_image.Looked.Count >= MostLooks)
            return true;
        try
        {
            isThere = path is "" || _image.Folder.Find(path) is { Kind: EntryKind.File or EntryKind.Folder };
        }
        catch (IOException)
        {
            isThere = false;
        }
        return _image.Looked[path] = isThere;
    }

    private void CheckRules(Company company)
    {
        foreach (var rule in company.Approvals.Rules)
        {
            foreach (var agent in rule.Agents.Where(agent => !agent.Contains('*', StringComparison.Ordinal) && _agentNames.Find(agent) is null))
                Tell(Codes.UnknownAgent, Severity.Warning, company.Path ?? "", $"an approval rule names {Quote.Of(agent)}, and there is no such agent.", "correct the id.", new Mention(MentionKind.Agent, agent, rule.Line, 1, "agents"));
        }
    }

    private void CheckWhole(Workspace workspace)
    {
        if (_pieces.Count is 0 && _problems.TrueForAll(problem => problem.Code is not Codes.Unreadable || problem.File is not ""))
            Tell(Codes.NoContract, Severity.Error, "", "there is no contract in this folder.", "begin one with `miosa init`, or name the folder that has a SYSTEM.md.");
        else if (workspace.BootFiles.Count is 0 && _pieces.Count > 0)
            Tell(Codes.NoBootFile, Severity.Warning, "", "the workspace has no boot file, so an agent does not know where it is.", "write a SYSTEM.md: what the company is, how work goes, where to look.");
        if (workspace.Company.Path is null && (workspace.Dialects.Contains(Dialect.Miosa) || workspace.Dialects.Contains(Dialect.Heuresis)))
            Tell(Codes.NoCompanyFile, Severity.Info, "", "the workspace has no company.yaml, so there are no facts, no budgets and no approval policy of its own.", "write one.");
    }

    private (int Line, int Column) Place(string path, MentionKind kind)
    {
        foreach (var piece in _pieces)
        {
            if (piece.File.Path == path && piece.Mentions.FirstOrDefault(mention => mention.Kind == kind && mention.Field.StartsWith("reports", StringComparison.OrdinalIgnoreCase)) is { } mention)
                return (mention.Line, mention.Column);
        }
        return (1, 1);
    }

    private string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var piece in _pieces)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(piece.File.Path + "\0"));
            hash.AppendData(piece.Hash);
        }
        hash.AppendData(_image.Scan.SkillFilesHash);
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Tell(string code, Severity severity, string path, string what, string mend, Mention? at = null)
    {
        if (_problems.Count >= MostProblems && !_isFull)
            _problems.Add(new Problem { Code = Codes.MoreProblems, Severity = Severity.Error, File = "", Line = 1, Column = 1, What = "there are more problems between the files than are shown.", Mend = "mend those that are, then check again." });
        _isFull = _problems.Count >= MostProblems;
        if (!_isFull)
            _problems.Add(new Problem { Code = code, Severity = severity, File = path, Line = at?.Line ?? 1, Column = at?.Column ?? 1, What = what, Mend = mend });
    }

    private static IReadOnlyList<Problem> Sorted(List<Problem> problems) =>
        [.. problems.OrderBy(problem => problem.File, StringComparer.Ordinal).ThenBy(problem => problem.Line).ThenBy(problem => problem.Column).ThenBy(problem => problem.Code, StringComparer.Ordinal)];
}
