using System.Text;
using System.Text.RegularExpressions;
using Miosa.Devices;

namespace Miosa.Mcp.Templates;

/// <summary>Reads a template's specification strictly: what is not known, twice there or out of bounds is told, with where.</summary>
internal static partial class TemplateSpecs
{
    public const int MostFiles = 2_000;
    public const int MostFileBytes = 16 << 20;
    private const int MostPackages = 200;
    private const int MostCommands = 50;
    private const int MostServices = 20;
    private const int MostPorts = 50;
    private const int LongestName = 40;
    private const int LongestDescription = 300;
    private const int LongestCommand = 32 * 1024;
    private const int LongestInlineFile = 128 * 1024;
    private const int LongestPath = 1_000;
    private const int DefaultCommandSeconds = 600;
    private const int LongestCommandSeconds = 1_800;

    private static readonly string[] Users = ["agent", "root"];

    /// <param name="mayBeDebian">Whether it may be made by this machine's own tools; not for those who may not run anything on it.</param>
    /// <exception cref="SpecException">With everything that is wrong, up to eight problems.</exception>
    public static TemplateSpec Read(string name, SpecNode node, bool mayBeDebian)
    {
        var read = new SpecReader();
        var fields = read.Fields(node, "a template", "name", "description", "base", "packages", "node", "npm", "files", "commands", "services", "ports", "egress", "size");
        var spec = new TemplateSpec
        {
            Name = name,
            Description = read.Text(fields, "description", LongestDescription, text => text.Any(char.IsControl) ? "it takes one line." : null) ?? "",
            Base = read.Text(fields, "base", LongestName, text => IsName(text) ? null : NameRule) ?? (mayBeDebian ? TemplateSpec.Debian : "miosa-sandbox"),
            Packages = read.List(fields, "packages", MostPackages, item => read.Text(item, "packages", 100, text => PackageName().IsMatch(text) ? null : "it takes names of Debian packages, such as `ffmpeg`.")),
            Node = read.Number(fields, "node", 18, 99),
            Npm = read.List(fields, "npm", MostPackages, item => read.Text(item, "npm", 200, text => NpmName().IsMatch(text) ? null : "it takes names of npm packages, such as `typescript` or `vite@7`.")),
            Files = read.List(fields, "files", MostFiles, item => File(read, item)),
            Commands = read.List(fields, "commands", MostCommands, item => Command(read, item)),
            Services = read.List(fields, "services", MostServices, item => Service(read, item)),
            Ports = [.. read.List(fields, "ports", MostPorts, item => (object?)read.Number(item, "ports", 1, 65_535)).Cast<int>()],
            Egress = read.Choice(fields, "egress", "none", "packages", "web"),
            Size = read.Choice(fields, "size", [.. DeviceSize.All.Select(size => size.Name)]),
        };
        Check(read, node, fields, spec, mayBeDebian);
        read.Finish();
        return spec;
    }

    public static bool IsName(string text) => text.Length is > 0 and <= LongestName && TemplateName().IsMatch(text);

    public const string NameRule = "a template's name has 1 to 40 small letters, digits and dashes, and begins with a letter.";

    private static void Check(SpecReader read, SpecNode node, IReadOnlyDictionary<string, SpecNode> fields, TemplateSpec spec, bool mayBeDebian)
    {
        if (fields.TryGetValue("name", out var named) && read.Text(named, "name", LongestName) is { } name && name != spec.Name)
            read.Note(named, $"`name` is `{SpecReader.Show(name)}`, but this is the template `{spec.Name}`.");
        if (spec.Base == spec.Name)
            read.Note(node, "`base` names the template itself.");
        if (spec.IsDebian && !mayBeDebian)
            read.Note(fields["base"], "`base` is `debian`, which only templates in this host's own folders may be; name another template, such as `miosa-sandbox`.");
        if (spec.IsDebian && spec.Npm.Count + spec.Files.Count + spec.Commands.Count > 0)
            read.Note(node, "a template whose `base` is `debian` takes only `packages` and `node`; build another on it for the rest.");
        if (!spec.IsDebian && spec.Node is not null)
            read.Note(fields["node"], "`node` goes with `base: debian`; others have the one of their base.");
        if (spec.Services.GroupBy(service => service.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            read.Note(fields["services"], $"two services are named `{twice.Key}`.");
        if (spec.Files.Sum(file => (long)file.Content.Length) > MostFileBytes)
            read.Note(fields["files"], $"the files have more than {MostFileBytes >> 20} MiB together.");
    }

    private static SpecFile? File(SpecReader read, SpecNode item)
    {
        var fields = read.Fields(item, "a file", "path", "content", "mode");
        var path = read.Text(fields, "path", LongestPath, text => PathProblem(text));
        var mode = read.Choice(fields, "mode", "0644", "0755");
        if (!fields.TryGetValue("path", out _) || !fields.TryGetValue("content", out var content))
        {
            read.Note(item, "a file takes `path` and `content`.");
            return null;
        }
        if (content is not SpecNode.Scalar { Text: var text } || text.Length > LongestInlineFile)
        {
            read.Note(content, $"`content` takes a text of at most {LongestInlineFile} characters; put larger files into the template's folder `files/`.");
            return null;
        }
        return path is null ? null : new SpecFile(path, Encoding.UTF8.GetBytes(text), mode is "0755");
    }

    /// <summary>What is wrong with the place of a file; null where nothing is.</summary>
    public static string? PathProblem(string path) =>
        !path.StartsWith('/') || path.EndsWith('/') || path.Split('/').Skip(1).Any(part => part is "" or "." or "..") || path.Any(char.IsControl)
            ? "it takes an absolute path, such as `/workspace/app.py`, without `.` and `..`."
            : path.Split('/')[1] is "proc" or "sys" or "dev" or "run" ? $"/{path.Split('/')[1]} is not kept in a template." : null;

    private static SpecCommand? Command(SpecReader read, SpecNode item)
    {
        if (item is SpecNode.Scalar)
            return read.Text(item, "commands", LongestCommand) is { } line ? new SpecCommand(line, "agent", DefaultCommandSeconds) : null;
        var fields = read.Fields(item, "a command", "run", "user", "timeout_sec");
        var run = read.Text(fields, "run", LongestCommand);
        var user = read.Choice(fields, "user", Users) ?? "agent";
        var timeout = read.Number(fields, "timeout_sec", 1, LongestCommandSeconds) ?? DefaultCommandSeconds;
        if (!fields.ContainsKey("run"))
            read.Note(item, "a command is a line for the shell, or has the field `run`.");
        return run is null ? null : new SpecCommand(run, user, timeout);
    }

    private static SpecService? Service(SpecReader read, SpecNode item)
    {
        var fields = read.Fields(item, "a service", "name", "command", "cwd", "env", "port", "restart_policy", "health");
        var name = read.Text(fields, "name", LongestName, text => IsName(text) ? null : "a service's name has small letters, digits and dashes, and begins with a letter.");
        var command = read.Text(fields, "command", LongestCommand);
        var service = new SpecService
        {
            Name = name ?? "",
            Command = command ?? "",
            Cwd = read.Text(fields, "cwd", LongestPath, text => text.StartsWith('/') ? null : "it takes an absolute path.") ?? "/workspace",
            Env = read.Texts(fields, "env", 100, 8_192, text => text.Length is 0 or > 200 || text.Any(c => c is '=' or '\0') ? "a variable's name is not empty and has no `=`." : null),
            Port = read.Number(fields, "port", 1, 65_535),
            RestartPolicy = read.Choice(fields, "restart_policy", "always", "on-failure", "never") ?? "always",
            HealthPath = read.Text(fields, "health", 500, text => text.StartsWith('/') && text.All(c => c is > ' ' and < '\u007f') ? null : "it takes a path such as `/health`."),
        };
        foreach (var missing in ((string[])["name", "command"]).Where(field => !fields.ContainsKey(field)))
            read.Note(item, $"a service takes `{missing}`.");
        if (service is { HealthPath: not null, Port: null })
            read.Note(item, "a service with `health` takes a `port` too.");
        return name is null || command is null ? null : service;
    }

    [GeneratedRegex("^[a-z][a-z0-9-]*\\z", RegexOptions.NonBacktracking)]
    private static partial Regex TemplateName();

    [GeneratedRegex("^[a-z0-9][a-z0-9+.-]+\\z", RegexOptions.NonBacktracking)]
    private static partial Regex PackageName();

    [GeneratedRegex("^(?:@[a-z0-9~][a-z0-9._~-]*/)?[a-z0-9~][a-z0-9._~-]*(?:@[A-Za-z0-9.^~<>=*+_-]+)?\\z", RegexOptions.NonBacktracking)]
    private static partial Regex NpmName();
}
