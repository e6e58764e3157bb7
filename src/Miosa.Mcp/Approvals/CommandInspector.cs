using System.Globalization;
using System.Text.Json;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Approvals;

/// <summary>Finds what a command will run: the program, the scripts that it names, and by what those are run.</summary>
internal sealed class CommandInspector(SandboxService sandboxes) : ICallInspector
{
    private const string SystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const int LongestShown = 4_000;
    private const int MostFiles = 64;
    private const int MostWords = 64;
    private const int MostDirectories = 32;
    private const int MostLooks = 4_000;

    public async Task<CallFacts?> InspectAsync(Call call, CancellationToken cancellationToken)
    {
        if (call.Tool is not ("sandbox_exec" or "sandbox_python" or "service_create") || Text(call, "sandbox_id") is not { } id)
            return null;
        var (sandbox, door) = await sandboxes.EnterAsync(call.Caller, id, cancellationToken);
        var user = Text(call, "user") ?? "agent";
        var cwd = Text(call, "cwd") ?? "/workspace";
        var home = user is "root" ? "/root" : $"/home/{user}";
        var env = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in sandbox.Request.Env)
            env[name] = value;
        if (call.Arguments.TryGetValue("env", out var given))
        {
            foreach (var variable in given.EnumerateObject())
                env[variable.Name] = variable.Value.GetString()!;
        }
        var path = env.TryGetValue("PATH", out var own) ? own : user is "root" ? SystemPath : $"{home}/.local/bin:{SystemPath}";
        var (words, shown) = Command(call);
        // Variables such as BASH_ENV or NODE_OPTIONS name files that run before the command does.
        var named = CommandWords.Of([.. env.Where(variable => variable.Key is not "PATH").SelectMany(variable => variable.Value.Split([':', ' '], StringSplitOptions.RemoveEmptyEntries)).Take(MostWords)]);
        var found = new Finder(new FileDigests(door.FilesOf(user)), path, home);
        await found.AddAsync(words.Words.Concat(named.Words), Directories(cwd, home, words.Directories), cancellationToken);
        return new CallFacts
        {
            Device = DeviceInspector.Identity(sandbox),
            Environment = CanonicalJson.Hash(JsonSerializer.SerializeToElement(new { cwd, user, env, path })),
            Files = found.Files,
            Unbound = [.. words.Unbound, .. found.Left],
            Preview =
            [
                $"sandbox     {sandbox.Name} ({sandbox.Id})",
                $"user        {user}, in {cwd}",
                .. env.Count > 0 ? (string[])[$"variables   {string.Join(", ", env.Keys)}"] : [],
                "runs",
                .. ResultBudget.Start(shown, LongestShown).Split('\n').Select(line => $"  {line}"),
                .. shown.Length > LongestShown ? (string[])["  … (the rest is in the arguments)"] : [],
                .. found.Files.Where(file => file.State is not "directory").Select(Line),
                .. words.Unbound.Count + found.Left.Count > 0
                    ? (string[])[$"not bound   {string.Join(' ', words.Unbound.Concat(found.Left).Take(12))} (what these lead to is known only when it runs)"]
                    : [],
            ],
        };
    }

    private static (CommandWords Words, string Shown) Command(Call call)
    {
        if (call.Tool is "sandbox_python")
            return (CommandWords.Of(["python3"]), Text(call, "code") ?? "");
        if (Text(call, "command") is { } line)
            return (CommandWords.Of("/bin/bash " + line), line);
        List<string> arguments = call.Arguments.TryGetValue("argv", out var argv) ? [.. argv.EnumerateArray().Select(argument => argument.GetString()!)] : [];
        return (CommandWords.Of(arguments), string.Join('\n', arguments));
    }

    private static string Line(BoundFile file) => string.Create(
        CultureInfo.InvariantCulture,
        $"file        {file.Path}{(file.LinkTarget is null ? "" : $" → {file.LinkTarget}")}  {file.Size:N0} bytes  {file.Sha256?[..19] ?? "by its state"}{(file.Interpreter is null ? "" : $"  run by {file.Interpreter}")}");

    private static string? Text(Call call, string name) => call.Arguments.TryGetValue(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static string Absolute(string cwd, string home, string path) =>
        path.StartsWith('/') ? path : path is "~" ? home : path.StartsWith("~/", StringComparison.Ordinal) ? $"{home}/{path[2..]}" : $"{cwd.TrimEnd('/')}/{path}";

    /// <summary>Wherever the line may be when it runs something: each `cd` may follow any of those before it.</summary>
    private static List<string> Directories(string cwd, string home, IReadOnlyList<string> changes)
    {
        List<string> all = [cwd];
        foreach (var change in changes)
            all.AddRange(all.Select(directory => Absolute(directory, home, change)).Except(all, StringComparer.Ordinal).Take(MostDirectories - all.Count).ToList());
        return all;
    }

    /// <summary>Looks words up as a shell would: as a path, in each directory that the line goes to, and as a program.</summary>
    private sealed class Finder(FileDigests digests, string path, string home)
    {
        private readonly Dictionary<string, BoundFile> _files = new(StringComparer.Ordinal);
        private readonly List<string> _left = [];
        private readonly List<string> _places = [.. path.Split(':', StringSplitOptions.RemoveEmptyEntries)];
        private int _looks;

        public IReadOnlyList<BoundFile> Files => [.. _files.Values.OrderBy(file => file.Path, StringComparer.Ordinal)];

        public IReadOnlyList<string> Left => _left;

        public async Task AddAsync(IEnumerable<string> words, IReadOnlyList<string> directories, CancellationToken cancellationToken)
        {
            // The caller chooses it, and each place is a look for each word.
            if (_places.Count > MostDirectories)
                Leave("more places in PATH");
            foreach (var word in words)
            {
                var isFound = false;
                foreach (var directory in directories)
                    isFound |= await TryAsync(Absolute(directory, home, word), word, directories, cancellationToken);
                if (word.Contains('/', StringComparison.Ordinal))
                {
                    // Not there yet, perhaps.
                    if (!isFound && !word.Contains("://", StringComparison.Ordinal))
                        Leave(word);
                    continue;
                }
                foreach (var place in _places.Take(MostDirectories))
                {
                    var isThere = false;
                    foreach (var directory in place.StartsWith('/') ? directories.Take(1) : directories)
                        isThere |= await TryAsync($"{Absolute(directory, home, place).TrimEnd('/')}/{word}", word, directories, cancellationToken);
                    // The first in the path is the one that runs; another one before it would be another file.
                    if (isThere)
                        break;
                }
            }
        }

        private async Task<bool> TryAsync(string candidate, string word, IReadOnlyList<string> directories, CancellationToken cancellationToken)
        {
            if (_files.ContainsKey(candidate))
                return true;
            if (_files.Count >= MostFiles || ++_looks > MostLooks)
            {
                Leave(word);
                return false;
            }
            if (await digests.OfAsync(candidate, cancellationToken) is not { } file)
                return false;
            _files[candidate] = file;
            // What a script names to be run by is run too; `env` names it behind itself.
            if (file.Interpreter is { } interpreter)
                await AddAsync(interpreter.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(part => part[0] is not '-').Take(3), directories, cancellationToken);
            return true;
        }

        private void Leave(string word)
        {
            if (!_left.Contains(word, StringComparer.Ordinal))
                _left.Add(word);
        }
    }
}
