using System.Text;
using Miosa.Devices;
using Miosa.Devices.Doors;

namespace Miosa.Mcp.Templates;

/// <summary>The throw-away sandbox in which one template is made. What runs in it is nobody's friend.</summary>
internal sealed class BuildDevice(Door door, BuildLog log, IReadOnlyDictionary<string, string> network, CancellationToken ending)
{
    private const int Kill = 9;
    private const string SystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    public Door Door { get; } = door;

    /// <summary>When the build has to be over.</summary>
    public CancellationToken Ending { get; } = ending;

    /// <summary>Puts a file in place; its directories are made as needed.</summary>
    public Task WriteAsync(SpecFile file)
    {
        var mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        if (file.IsExecutable)
            mode |= UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return Door.FilesOf(file.Owner).WriteAsync(file.Path, file.Content, new WriteOptions { MakeParents = true, Mode = mode }, Ending);
    }

    /// <summary>Runs a command to its end, and ends whatever it left running.</summary>
    /// <exception cref="EngineException">It failed.</exception>
    public async Task RunAsync(IReadOnlyList<string> arguments, string user, string title, TimeSpan? timeout = null)
    {
        var started = new ProcessStart
        {
            Id = $"build-{Guid.NewGuid():n}",
            Arguments = arguments,
            User = user,
            WorkingDirectory = "/workspace",
            Environment = Environment(user),
            HardTimeout = timeout ?? Longest,
        };
        await log.AddAsync($"$ {title}");
        await using var process = await StartAsync(started, title);
        var line = new StringBuilder();
        var decoder = Encoding.UTF8.GetDecoder();
        await foreach (var chunk in process.ReadOutputAsync(Ending))
            await AddAsync(line, Decode(decoder, chunk.Bytes.Span));
        if (line.Length > 0)
            await log.AddAsync(line.ToString());
        if (process.Ended!.Remaining > 0)
            await Door.SignalAsync(started.Id, Kill, tree: true, Ending);
        await log.FlushAsync();
        if (process.Ended.ExitCode is not 0)
            throw new EngineException($"`{title}` {How(process.Ended)}. The log ends with: {string.Join(" | ", log.Tail.TakeLast(3))}", "sandbox_template_get shows the log; mend the template and build it again.");
    }

    private static string How(ProcessState ended) => ended switch
    {
        { TimedOut: true } => "took longer than it may",
        { OutOfMemory: true } => "ran out of memory",
        { ExitCode: { } code } => $"ended with {code}",
        _ => $"was ended by signal {ended.Signal}",
    };

    private async Task<DoorProcess> StartAsync(ProcessStart start, string title)
    {
        try
        {
            return await Door.StartAsync(start, Ending);
        }
        catch (DoorException exception)
        {
            throw new EngineException($"`{title}` could not be started: {exception.Message}.", "Mend the template, or take another base.", exception);
        }
    }

    /// <summary>A character may be cut in two by the pieces that output comes in.</summary>
    private static string Decode(Decoder decoder, ReadOnlySpan<byte> bytes)
    {
        var characters = new char[decoder.GetCharCount(bytes, flush: false)];
        decoder.GetChars(bytes, characters, flush: false);
        return new string(characters);
    }

    private async Task AddAsync(StringBuilder line, string text)
    {
        line.Append(text);
        var whole = line.ToString();
        var end = whole.LastIndexOf('\n');
        if (end < 0 && whole.Length < 64 * 1024)
            return;
        await log.AddAsync(end < 0 ? whole : whole[..end]);
        line.Clear().Append(end < 0 ? "" : whole[(end + 1)..]);
    }

    private Dictionary<string, string> Environment(string user)
    {
        var home = user is "root" ? "/root" : $"/home/{user}";
        Dictionary<string, string> all = new(StringComparer.Ordinal)
        {
            ["PATH"] = user is "root" ? SystemPath : $"{home}/.local/bin:{SystemPath}",
            ["HOME"] = home,
            ["USER"] = user,
            ["LOGNAME"] = user,
            ["LANG"] = "C.UTF-8",
            ["TERM"] = "dumb",
            ["CI"] = "true",
            ["DEBIAN_FRONTEND"] = "noninteractive",
        };
        foreach (var (name, value) in network)
            all[name] = value;
        return all;
    }
}
