using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Miosa.Workspaces.Folders;

/// <summary>
/// Walks the parts of a folder that the contract is in, within bounds, and finds its files. It never looks into the
/// rest, which may be anything an agent works on.
/// </summary>
internal sealed class FolderScan(IContractFolder folder, LoadLimits limits, CancellationToken cancellationToken)
{
    private const int MostFilesOfASkill = 500;
    private const int MostCounted = 10_000;

    private readonly List<FoundFile> _files = [];
    private readonly Dictionary<string, List<SkillFile>> _skillFiles = new(StringComparer.Ordinal);
    private readonly List<Problem> _problems = [];

    // By where things really lie: what two links lead to is read once, and a circle ends.
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<FileKind, int> _counts = [];
    private readonly Dictionary<FileKind, int> _beyond = [];
    private int _entries;
    private bool _isFull;

    public IReadOnlyList<FoundFile> Files => _files;

    /// <summary>The files of each skill's folder, its SKILL.md apart.</summary>
    public IReadOnlyDictionary<string, List<SkillFile>> SkillFiles => _skillFiles;

    /// <summary>Every file that was found, to see whether what is referred to is there.</summary>
    public IReadOnlySet<string> Paths => field ??= new HashSet<string>([.. _files.Select(file => file.Path), .. _skillFiles.Values.SelectMany(list => list).Select(file => file.Path)], StringComparer.Ordinal);

    /// <summary>A hash over the files beside skills: nobody has read them, so only that they are there, and their sizes.</summary>
    public byte[] SkillFilesHash => field ??= SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', _skillFiles.OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => entry.Value).Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Path}\0{file.Bytes}")))));

    public IReadOnlyList<Problem> Problems => _problems;
    public FolderInfo Artifacts { get; private set; } = new() { Path = "artifacts" };
    public FolderInfo Receipts { get; private set; } = new() { Path = "receipts" };

    /// <summary>Whether the folder has hidden runtime state of Canopy.</summary>
    public bool HasCanopyState { get; private set; }

    public FolderScan Run()
    {
        var root = List("", tellMissing: true);
        List<(ContractEntry Folder, FileKind Kind, InstructionKind Instruction)> areas = [];
        List<ContractEntry> hidden = [];
        foreach (var entry in root)
        {
            if (entry.Kind is EntryKind.LeavesRoot or EntryKind.Broken)
            {
                if (Places.Root(entry.Name) is not null || Places.Folder(entry.Name) is not null || entry.Name is "artifacts" or "receipts")
                    TellLink(entry);
            }
            else if (entry.Kind is EntryKind.File)
            {
                if (Places.Root(entry.Name) is { } place)
                    Take(new FoundFile { Entry = entry, Kind = place.Kind, Instruction = place.Instruction, Runtime = place.Runtime });
            }
            else if (entry.Name is "artifacts")
                Artifacts = Count(entry);
            else if (entry.Name is "receipts")
                Receipts = Count(entry);
            else if (Places.Folder(entry.Name) is { } area)
                areas.Add((entry, area.Kind, area.Instruction));
            else if (entry.Name.StartsWith('.') && !Places.IsNoClients(entry.Name))
                hidden.Add(entry);
            else
                HasCanopyState |= entry.Name is ".canopy";
        }
        // What is the contract's own comes first, so that a client's copy of it is the second.
        foreach (var (area, kind, instruction) in areas.Where(area => _seen.Add(area.Folder.RealPath)))
            Walk(area, kind, instruction, runtime: null, isClients: false);
        foreach (var client in hidden)
            Client(client);
        foreach (var (kind, more) in _beyond)
            Tell(Codes.TooMany, "", string.Create(CultureInfo.InvariantCulture, $"there are {more} more files of the kind {kind.ToString().ToLowerInvariant()} than the {Most(kind)} that are read."), "put what is not in use elsewhere, for example into an `archive/` folder.");
        return this;
    }

    private void Client(ContractEntry client)
    {
        var runtime = Places.RuntimeOf(client.Name);
        foreach (var entry in List(client.Path))
        {
            if (entry.Kind is EntryKind.Folder && Places.ClientFolder(entry.Name) is { } area)
            {
                if (_seen.Add(entry.RealPath))
                    Walk(entry, area.Kind, area.Instruction, runtime, isClients: true);
            }
            else if (entry.Kind is EntryKind.File && entry.Path is ".github/copilot-instructions.md")
                Take(new FoundFile { Entry = entry, Kind = FileKind.Instruction, Instruction = InstructionKind.Boot, Runtime = runtime, IsClients = true });
            else if (entry.Kind is EntryKind.LeavesRoot or EntryKind.Broken && Places.ClientFolder(entry.Name) is not null)
                TellLink(entry);
        }
    }

    private void Walk(ContractEntry area, FileKind kind, InstructionKind instruction, string? runtime, bool isClients)
    {
        List<ContractEntry> files = [];
        HashSet<string> skillFolders = new(StringComparer.Ordinal);
        var open = new Stack<(string Path, int Depth)>([(area.Path, 0)]);
        while (open.TryPop(out var next))
        {
            foreach (var entry in List(next.Path))
            {
                cancellationToken.ThrowIfCancellationRequested();
                switch (entry.Kind)
                {
                    case EntryKind.Folder when Places.IsSkipped(entry.Name) || !_seen.Add(entry.RealPath):
                        break;
                    case EntryKind.Folder when next.Depth + 1 >= limits.Depth:
                        Tell(Codes.TooMany, entry.Path, string.Create(CultureInfo.InvariantCulture, $"this lies deeper than {limits.Depth} folders; it was not looked at."), "move it up.");
                        break;
                    case EntryKind.Folder:
                        open.Push((entry.Path, next.Depth + 1));
                        break;
                    case EntryKind.File:
                        files.Add(entry);
                        if (string.Equals(entry.Name, "SKILL.md", StringComparison.OrdinalIgnoreCase))
                            skillFolders.Add(next.Path);
                        break;
                    default:
                        TellLink(entry);
                        break;
                }
            }
        }

        files.Sort(static (one, other) => string.CompareOrdinal(one.Path, other.Path));
        HashSet<string> without = new(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var owner = OwnerOf(file.Path, area.Path, skillFolders);
            var isSkill = string.Equals(file.Name, "SKILL.md", StringComparison.OrdinalIgnoreCase);
            if (owner is not null && !isSkill)
            {
                AddToSkill(owner, file);
                continue;
            }
            var depth = file.Path.AsSpan(area.Path.Length + 1).Count('/');
            if (Places.File(kind, file.Name, depth, isClients) is { } found)
                Take(new FoundFile { Entry = file, Kind = found, Instruction = found == kind ? instruction : InstructionOf(file.Name), Runtime = runtime, IsClients = isClients });
            else if (kind is FileKind.Skill && depth > 0 && file.Name.EndsWith(".md", StringComparison.OrdinalIgnoreCase) && without.Add(TopFolder(file.Path, area.Path)) && !skillFolders.Any(other => other.StartsWith(TopFolder(file.Path, area.Path), StringComparison.Ordinal)))
                Tell(Codes.LooseSkill, TopFolder(file.Path, area.Path), "this folder has no SKILL.md, so it is no skill.", "write one, or move the folder elsewhere.", Severity.Warning);
        }
    }

    private void AddToSkill(string owner, ContractEntry file)
    {
        if (!_skillFiles.TryGetValue(owner, out var files))
            _skillFiles[owner] = files = [];
        if (files.Count < MostFilesOfASkill)
            files.Add(new SkillFile(file.Path[(owner.Length + 1)..], file.Path, file.Bytes));
        else if (files.Count == MostFilesOfASkill)
        {
            files.Add(new SkillFile("…", owner, 0));
            Tell(Codes.TooMany, owner, string.Create(CultureInfo.InvariantCulture, $"the skill has more than {MostFilesOfASkill} files; the others are not listed."), "pack what belongs together.", Severity.Warning);
        }
    }

    /// <summary>The folder of the skill that a file belongs to: the nearest one above it.</summary>
    private static string? OwnerOf(string path, string area, HashSet<string> skillFolders)
    {
        for (var end = path.LastIndexOf('/'); end >= area.Length; end = path.LastIndexOf('/', end - 1))
        {
            if (skillFolders.Contains(path[..end]))
                return path[..end];
        }
        return null;
    }

    private static string TopFolder(string path, string area) => path[..path.IndexOf('/', area.Length + 1)];

    private static InstructionKind InstructionOf(string name) => Places.Root(name)?.Instruction ?? InstructionKind.Reference;

    private void Take(FoundFile file)
    {
        if (file.Entry.Target is not null && !_seen.Add(file.Entry.RealPath))
            return;
        var count = _counts[file.Kind] = _counts.GetValueOrDefault(file.Kind) + 1;
        if (count > Most(file.Kind))
        {
            _beyond[file.Kind] = _beyond.GetValueOrDefault(file.Kind) + 1;
            return;
        }
        if (!file.IsClients && Places.ProperName(file.Entry.Name) is { } proper)
            Tell(Codes.NameInOtherCase, file.Path, $"many runtimes look for `{proper}` and do not see this.", $"call it `{proper}`.", Severity.Warning);
        _files.Add(file);
    }

    private int Most(FileKind kind) => kind switch
    {
        FileKind.Skill or FileKind.LooseSkill => limits.Skills,
        FileKind.Agent => limits.Agents,
        FileKind.Runbook => limits.Runbooks,
        _ => limits.OtherFiles,
    };

    private FolderInfo Count(ContractEntry area)
    {
        int files = 0, looked = 0;
        var bytes = 0L;
        var open = new Stack<(string Path, int Depth)>([(area.Path, 0)]);
        while (looked < MostCounted && open.TryPop(out var next))
        {
            foreach (var entry in Ask(next.Path, MostCounted))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (++looked >= MostCounted)
                    break;
                if (entry.Kind is EntryKind.Folder && entry.Target is null && next.Depth < limits.Depth)
                    open.Push((entry.Path, next.Depth + 1));
                else if (entry.Kind is EntryKind.File)
                {
                    files++;
                    bytes += entry.Bytes;
                }
            }
        }
        return new FolderInfo { Path = area.Path, Exists = true, Files = files, Bytes = bytes, IsPartial = looked >= MostCounted };
    }

    /// <summary>What is in a folder, as long as the whole is within its bound.</summary>
    private IReadOnlyList<ContractEntry> List(string path, bool tellMissing = false)
    {
        if (_isFull)
            return [];
        var left = limits.Entries - _entries;
        var entries = Ask(path, left + 1, tellMissing);
        _entries += entries.Count;
        if (entries.Count <= left)
            return entries;
        _isFull = true;
        Tell(Codes.TooMany, path, string.Create(CultureInfo.InvariantCulture, $"with this folder there are more than {limits.Entries} files and folders where the contract is; the rest was not looked at."), "move what is no part of the contract out of its folders.");
        return [.. entries.Take(left)];
    }

    private IReadOnlyList<ContractEntry> Ask(string path, int most, bool tellMissing = false)
    {
        try
        {
            return folder.List(path, most);
        }
        catch (IOException exception)
        {
            Tell(Codes.Unreadable, path, $"the folder cannot be listed: {exception.Message}", tellMissing ? "name a folder that is there and that you may read." : "let it be read by whoever runs this.");
            return [];
        }
    }

    private void TellLink(ContractEntry link)
    {
        if (link.Kind is EntryKind.LeavesRoot)
            Tell(Codes.LinkLeaves, link.Path, "this link leads out of the workspace; it was not followed.", "copy what it leads to into the workspace.");
        else
            Tell(Codes.LinkToNothing, link.Path, "this link leads to nothing, or in a circle.", "remove it, or mend where it leads.", Severity.Warning);
    }

    private void Tell(string code, string path, string what, string mend, Severity severity = Severity.Error)
    {
        if (_problems.Count < 1_000)
            _problems.Add(new Problem { Code = code, Severity = severity, File = path, Line = 1, Column = 1, What = what, Mend = mend });
    }
}
