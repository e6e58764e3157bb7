using System.CommandLine;
using System.IO.Abstractions;
using System.Text;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Workspaces.Bridges;
using Miosa.Workspaces.Scaffolding;

namespace Miosa.Mcp.Workspaces;

/// <summary><c>miosa init</c>: a company to start from. What is there already stays.</summary>
internal sealed class InitCommand(IFileSystem files, string product, TextWriter output, TextWriter errors)
{
    private const int MostFiles = 2_000;
    private const long MostBytes = 4 << 20;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly Dictionary<string, ScaffoldDialect> Dialects = new(StringComparer.OrdinalIgnoreCase)
    {
        ["seed"] = ScaffoldDialect.Seed,
        ["canopy"] = ScaffoldDialect.Canopy,
        ["agent-companies"] = ScaffoldDialect.AgentCompanies,
        ["openclaw"] = ScaffoldDialect.OpenClaw,
        ["agents-md"] = ScaffoldDialect.AgentsMd,
    };

    /// <summary>The template that came with the program.</summary>
    public static string Template => Path.Combine(AppContext.BaseDirectory, "workspace-template");

    public static Command Create()
    {
        var folder = new Argument<string>("dir") { Description = "Where. The company is named after it." };
        var from = new Option<string?>("--from") { Description = "A folder to copy instead of the template that comes with this program." };
        var dialect = new Option<string>("--dialect") { Description = $"How to write it: {string.Join(", ", Dialects.Keys)}.", DefaultValueFactory = _ => "seed" };
        var name = new Option<string?>("--name") { Description = "The company's name, where it is not that of the folder." };
        var command = new Command("init", "Writes a small company to start from into a folder.") { folder, from, dialect, name };
        command.SetAction(parsed => new InitCommand(new FileSystem(), Executable.Launcher, Console.Out, Console.Error).Run(parsed.GetValue(folder)!, parsed.GetValue(from), parsed.GetValue(dialect)!, parsed.GetValue(name)));
        return command;
    }

    public int Run(string folder, string? from, string dialect, string? name)
    {
        if (!Dialects.TryGetValue(dialect, out var form))
            return Fail($"There is no dialect {dialect}. There are: {string.Join(", ", Dialects.Keys)}.");
        var source = from ?? Template;
        if (!files.Directory.Exists(source))
            return Fail($"There is no template folder {source}.");
        if (files.File.Exists(folder))
            return Fail($"{folder} is a file. Name a folder, which may be there or not.");
        var root = files.Path.GetFullPath(folder);
        if (from is not null && (root + "/").StartsWith(files.Path.TrimEndingDirectorySeparator(files.Path.GetFullPath(from)) + "/", StringComparison.Ordinal))
            return Fail($"{folder} lies in the template {from} itself. Name a folder outside of it.");

        SortedDictionary<string, string> texts = new(StringComparer.Ordinal);
        SortedDictionary<string, byte[]> others = new(StringComparer.Ordinal);
        if (Read(source, texts, others) is { } problem)
            return Fail(problem);
        if (form is not ScaffoldDialect.Seed && !texts.ContainsKey("SYSTEM.md"))
            return Fail($"{source} has no SYSTEM.md, so it cannot be written in another dialect. Leave --dialect out to copy it as it is.");

        var company = CompanyName.Of(string.IsNullOrWhiteSpace(name) ? files.Path.GetFileName(files.Path.TrimEndingDirectorySeparator(root)) : name);
        var made = Scaffold.Make(texts, company, form).ToDictionary(file => file.Key, file => Utf8.GetBytes(file.Value), StringComparer.Ordinal);
        if (form is ScaffoldDialect.Seed)
        {
            foreach (var (path, content) in others)
                made[path] = content;
        }

        int written = 0, left = 0;
        foreach (var (path, content) in made.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            if (Write(root, path, content) is { } refusal)
            {
                left++;
                output.WriteLine(PlainText.Line($"left alone     {path}: {refusal}"));
            }
            else
            {
                written++;
            }
        }
        output.WriteLine(PlainText.Line($"{company.Name}: {written} files written to {folder}{(left > 0 ? $", {left} left alone" : "")}."));
        output.WriteLine();
        output.WriteLine("Next:");
        output.WriteLine($"  1. Make it yours: {(form is ScaffoldDialect.Seed or ScaffoldDialect.Canopy ? "company.yaml, then agents/" : form is ScaffoldDialect.AgentCompanies ? "COMPANY.md, then agents/" : "AGENTS.md")}. What it says now is an example.");
        output.WriteLine($"  2. {product} workspace check {folder}");
        output.WriteLine($"  3. {product} bridge {folder} --for claude-code   (or codex, opencode, cursor, …; all of them without --for)");
        output.WriteLine($"  4. Open your client in {folder}: it starts `{product} mcp --workspace {company.Slug} --workspace-dir .`.");
        return 0;
    }

    private string? Read(string source, SortedDictionary<string, string> texts, SortedDictionary<string, byte[]> others)
    {
        var top = files.Path.GetFullPath(source);
        var bytes = 0L;
        foreach (var path in files.Directory.EnumerateFiles(top, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, MaxRecursionDepth = 12 }).Order(StringComparer.Ordinal))
        {
            var name = files.Path.GetRelativePath(top, path).Replace('\\', '/');
            if (name.StartsWith(".git/", StringComparison.Ordinal))
                continue;
            bytes += files.FileInfo.New(path).Length;
            if (texts.Count + others.Count >= MostFiles || bytes > MostBytes)
                return $"{source} is no template: it has more than {MostFiles} files, or more than {MostBytes >> 20} MiB.";
            var content = files.File.ReadAllBytes(path);
            try
            {
                texts[name] = Utf8.GetString(content).ReplaceLineEndings("\n");
            }
            catch (DecoderFallbackException)
            {
                others[name] = content;
            }
        }
        return texts.Count is 0 ? $"{source} is empty." : null;
    }

    /// <summary>Why it was not written, or null.</summary>
    private string? Write(string root, string path, byte[] content)
    {
        try
        {
            if (InsideRoot.Find(files, root, path) is not { } place)
                return "a link is on the way to it";
            if (files.File.Exists(place) || files.Directory.Exists(place))
                return "it is there already";
            files.Directory.CreateDirectory(files.Path.GetDirectoryName(place)!);

            // Never over something that appeared meanwhile.
            using var stream = files.FileStream.New(place, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            stream.Write(content);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }

    private int Fail(string why)
    {
        errors.WriteLine(why);
        return 2;
    }
}
