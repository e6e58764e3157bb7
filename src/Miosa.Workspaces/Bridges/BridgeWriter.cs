using System.IO.Abstractions;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Miosa.Workspaces.Bridges;

/// <summary>
/// Puts what bridges made into the folder: makes what is missing, renews what is ours, never touches a person's words,
/// never follows a link out of the folder.
/// </summary>
/// <param name="files">Where.</param>
/// <param name="root">The workspace.</param>
/// <param name="dry">Only say what would happen.</param>
public sealed class BridgeWriter(IFileSystem files, string root, bool dry = false)
{
    private const int MostFound = 20_000;
    private const int Deepest = 8;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether this runtime has been bridged.</summary>
    public bool IsPresent(IRuntimeBridge bridge, BridgeInput input) =>
        bridge.Write(input).Files.FirstOrDefault(file => file.Path == bridge.Sign) is { } sign && Read(sign.Path).Text is { } text && IsOurs(sign, text);

    /// <summary>Writes what the bridges make, and removes files of ours in their folders that nobody makes any more.</summary>
    /// <param name="bridges">Those asked for.</param>
    /// <param name="others">Those that are there too: what they share is theirs as well.</param>
    /// <param name="input">What they are made from.</param>
    public IReadOnlyList<BridgeOutcome> Write(IReadOnlyList<IRuntimeBridge> bridges, IReadOnlyList<IRuntimeBridge> others, BridgeInput input)
    {
        var made = Together(bridges, input);
        var kept = Together(others, input).Keys.Concat(made.Keys).ToHashSet(StringComparer.Ordinal);
        return [.. made.Values.Select(Put), .. bridges.SelectMany(bridge => bridge.Folders).Distinct(StringComparer.Ordinal).SelectMany(folder => Stale(folder, kept))];
    }

    /// <summary>Takes away what the bridges made, except what others share.</summary>
    public IReadOnlyList<BridgeOutcome> Remove(IReadOnlyList<IRuntimeBridge> bridges, IReadOnlyList<IRuntimeBridge> others, BridgeInput input)
    {
        var kept = Together(others, input).Keys.ToHashSet(StringComparer.Ordinal);
        return
        [
            .. Together(bridges, input).Values.Where(file => !kept.Contains(file.Path)).Select(TakeAway).OfType<BridgeOutcome>(),
            .. bridges.SelectMany(bridge => bridge.Folders).Distinct(StringComparer.Ordinal).SelectMany(folder => Stale(folder, kept)),
        ];
    }

    private static SortedDictionary<string, BridgeFile> Together(IReadOnlyList<IRuntimeBridge> bridges, BridgeInput input)
    {
        var made = new SortedDictionary<string, BridgeFile>(StringComparer.Ordinal);
        foreach (var file in bridges.SelectMany(bridge => bridge.Write(input).Files))
            made.TryAdd(file.Path, file);
        return made;
    }

    private BridgeOutcome Put(BridgeFile file)
    {
        var (text, refusal) = Read(file.Path);
        if (refusal is not null)
            return new BridgeOutcome(file.Path, BridgeOutcomeKind.LeftAlone, refusal);
        var (wanted, reason) = Wanted(file, text);
        if (wanted is null)
            return new BridgeOutcome(file.Path, BridgeOutcomeKind.LeftAlone, reason);
        if (wanted == text)
            return new BridgeOutcome(file.Path, BridgeOutcomeKind.Unchanged);
        return Save(file.Path, wanted) ?? new BridgeOutcome(file.Path, text is null ? BridgeOutcomeKind.Written : BridgeOutcomeKind.Updated);
    }

    /// <summary>What the file should say, or why nothing can be said in it.</summary>
    private (string? Text, string? Reason) Wanted(BridgeFile file, string? text)
    {
        switch (file)
        {
            case BridgeFile.Whole whole:
                return text is null || IsOurs(file, text) ? (whole.Content, null) : (null, "a person wrote it; move it away to have it made");

            case BridgeFile.Boot boot:
                if (text is null || GeneratedMarker.IsIn(text) && ManagedBlock.Find(text) is null)
                    return (GeneratedText.Head("the contract") + boot.Content, null);
                return ManagedBlock.IsHalf(text) ? (null, "a line that begins or ends our block is missing") : (ManagedBlock.Put(text, ManagedBlock.Markdown(boot.Content)), null);

            case BridgeFile.Lines lines:
                if (text is null)
                    return (ManagedBlock.Lines(lines.Content), null);
                if (ManagedBlock.IsHalf(text))
                    return (null, "a line that begins or ends our block is missing");
                var claimed = ManagedBlock.Strip(text).Split('\n').FirstOrDefault(line => lines.Claims.Any(claim => line.TrimStart().StartsWith(claim, StringComparison.Ordinal)));
                if (dry && ManagedBlock.Find(text) is var (start, length) && SameButCommand(text.Substring(start, length), ManagedBlock.Lines(lines.Content)))
                    return (text, null);
                return claimed is not null
                    ? (null, $"a person has set `{claimed.Trim()}` there; to have it written, take that out. It would be: {lines.Content.Trim().ReplaceLineEndings("; ")}")
                    : (ManagedBlock.Put(text, ManagedBlock.Lines(lines.Content)), null);

            case BridgeFile.Entry entry:
                if (string.IsNullOrWhiteSpace(text))
                    return (JsonEntry.Fresh(entry), null);
                try
                {
                    var there = JsonEntry.Find(text, entry.Section, entry.Key);
                    if (there is not null && !JsonEntry.IsOurs(there))
                        return (null, $"a person has an entry {entry.Section}.{entry.Key} there; it would be {entry.Value.ToJsonString()}");
                    if (JsonEntry.SameButCommand(there, entry.Value) && (dry || SameCommand(there!, entry)))
                        return (text, null);
                    return JsonEntry.Put(text, entry) is { } put ? (put, null) : (null, $"nothing can be put into it without a change to the rest; {entry.Section}.{entry.Key} would be {entry.Value.ToJsonString()}");
                }
                catch (JsonException failure)
                {
                    return (null, $"it is not JSON that can be added to: {failure.Message}");
                }

            default:
                throw new InvalidOperationException($"No way to write a {file.GetType().Name}.");
        }
    }

    private static bool SameCommand(JsonNode there, BridgeFile.Entry entry) => JsonNode.DeepEquals(there["command"], entry.Value["command"]);

    /// <summary>Whether two blocks say the same, wherever on each one's machine the program is.</summary>
    private static bool SameButCommand(string one, string other) => Plain(one).SequenceEqual(Plain(other));

    private static IEnumerable<string> Plain(string block) => block.Split('\n').Where(line => !line.StartsWith("command = ", StringComparison.Ordinal));

    private static bool IsOurs(BridgeFile file, string text)
    {
        switch (file)
        {
            case BridgeFile.Entry entry:
                try
                {
                    return JsonEntry.IsOurs(JsonEntry.Find(text, entry.Section, entry.Key));
                }
                catch (JsonException)
                {
                    return false;
                }
            case BridgeFile.Whole:
                return GeneratedMarker.IsIn(text);
            default:
                return GeneratedMarker.IsIn(text) || ManagedBlock.Find(text) is not null;
        }
    }

    private BridgeOutcome? TakeAway(BridgeFile file)
    {
        var (text, refusal) = Read(file.Path);
        if (refusal is not null)
            return new BridgeOutcome(file.Path, BridgeOutcomeKind.LeftAlone, refusal);
        if (text is null || !IsOurs(file, text))
            return null;
        var left = file switch
        {
            BridgeFile.Entry entry => JsonEntry.Remove(text, entry),
            _ when ManagedBlock.Find(text) is not null => ManagedBlock.Strip(text).TrimEnd('\n') is var rest && rest is "" ? "" : $"{rest}\n",
            _ => "",
        };
        if (left is null)
            return new BridgeOutcome(file.Path, BridgeOutcomeKind.LeftAlone, "our entry cannot be taken out without a change to the rest; take it out by hand");
        if (left is not "")
            return Save(file.Path, left) ?? new BridgeOutcome(file.Path, BridgeOutcomeKind.Updated);
        return Delete(file.Path);
    }

    private IEnumerable<BridgeOutcome> Stale(string folder, HashSet<string> kept) =>
        Found(folder).Where(path => !kept.Contains(path) && Read(path).Text is { } text && GeneratedMarker.IsIn(text)).ToList().Select(Delete);

    /// <summary>The files below a folder, links left out, in order, within bounds.</summary>
    private List<string> Found(string folder)
    {
        List<string> found = [];
        Stack<(string Path, int Depth)> open = new([(folder, 0)]);
        while (open.TryPop(out var next))
        {
            if (InsideRoot.Find(files, root, next.Path) is not { } place || !files.Directory.Exists(place))
                continue;
            foreach (var entry in files.Directory.EnumerateFileSystemEntries(place))
            {
                if (found.Count >= MostFound || InsideRoot.IsLink(files, entry))
                    continue;
                var path = $"{next.Path}/{files.Path.GetFileName(entry)}";
                if (!files.Directory.Exists(entry))
                    found.Add(path);
                else if (next.Depth < Deepest)
                    open.Push((path, next.Depth + 1));
            }
        }
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <summary>A file's text; nothing of a file that is not there; or why it is not to be touched.</summary>
    private (string? Text, string? Refusal) Read(string path)
    {
        if (InsideRoot.Find(files, root, path) is not { } place)
            return (null, "a link is on the way to it, or its name leads out of the folder");
        if (files.Directory.Exists(place))
            return (null, "a folder is in its place");
        if (!files.File.Exists(place))
            return (null, null);
        try
        {
            if (files.FileInfo.New(place).Length > 8 << 20)
                return (null, "it is larger than 8 MiB");
            return (Utf8.GetString(files.File.ReadAllBytes(place)), null);
        }
        catch (DecoderFallbackException)
        {
            return (null, "it is not UTF-8");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, failure.Message);
        }
    }

    /// <summary>Beside it first, then in its place: a reader sees the old or the new, and a link that appears meanwhile is replaced, not followed.</summary>
    private BridgeOutcome? Save(string path, string text)
    {
        if (dry)
            return null;
        try
        {
            var place = InsideRoot.Find(files, root, path)!;
            var folder = files.Path.GetDirectoryName(place)!;
            files.Directory.CreateDirectory(folder);
            var beside = files.Path.Combine(folder, $".{files.Path.GetFileName(place)}.miosa-new");
            files.File.Delete(beside);
            using (var stream = files.FileStream.New(beside, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                stream.Write(Utf8.GetBytes(text));

            // A file that only its owner may read stays so.
            if (!OperatingSystem.IsWindows() && files.File.Exists(place))
                files.File.SetUnixFileMode(beside, files.File.GetUnixFileMode(place));
            files.File.Move(beside, place, overwrite: true);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new BridgeOutcome(path, BridgeOutcomeKind.LeftAlone, failure.Message);
        }
    }

    private BridgeOutcome Delete(string path)
    {
        if (dry)
            return new BridgeOutcome(path, BridgeOutcomeKind.Removed);
        try
        {
            var place = InsideRoot.Find(files, root, path)!;
            files.File.Delete(place);

            // Folders that are empty now were made for it.
            var top = files.Path.GetFullPath(root);
            for (var folder = files.Path.GetDirectoryName(place); folder is not null && folder.Length > top.Length && !files.Directory.EnumerateFileSystemEntries(folder).Any(); folder = files.Path.GetDirectoryName(folder))
                files.Directory.Delete(folder);
            return new BridgeOutcome(path, BridgeOutcomeKind.Removed);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new BridgeOutcome(path, BridgeOutcomeKind.LeftAlone, failure.Message);
        }
    }
}
