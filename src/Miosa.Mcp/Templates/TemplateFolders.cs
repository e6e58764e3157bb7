using Microsoft.Extensions.Logging;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Templates;

/// <summary>
/// The named starting points: folders that came with the program, and those that the operator put into the home, which
/// come first. Read anew each time, so that an edit counts at once.
/// </summary>
internal sealed partial class TemplateFolders(MiosaHome home, ILogger<TemplateFolders> logger)
{
    private const int Most = 200;

    private IEnumerable<(string Path, TemplateOrigin Origin)> Roots =>
        [(Path.Combine(home.Path, "templates"), TemplateOrigin.Home), (Path.Combine(AppContext.BaseDirectory, "templates"), TemplateOrigin.Builtin)];

    /// <summary>Their names; also of those that turn out not to be right.</summary>
    public IReadOnlyList<string> Names() =>
        [.. Roots.SelectMany(root => Folders(root.Path)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(Most)];

    /// <summary>The template of that name; null where there is none.</summary>
    public NamedTemplate? Find(string name)
    {
        if (!TemplateSpecs.IsName(name))
            return null;
        foreach (var (root, origin) in Roots)
        {
            var folder = Path.Combine(root, name);
            if (Directory.Exists(folder))
                return Read(name, folder, origin);
        }
        return null;
    }

    private NamedTemplate Read(string name, string folder, TemplateOrigin origin)
    {
        try
        {
            return new NamedTemplate(name, origin, TemplateFolder.Read(folder), null);
        }
        catch (Exception exception) when (exception is SpecException or IOException or UnauthorizedAccessException)
        {
            LogWrong(folder, exception.Message);
            return new NamedTemplate(name, origin, null, exception.Message);
        }
    }

    private static IEnumerable<string> Folders(string root) =>
        Directory.Exists(root) ? Directory.GetDirectories(root).Select(path => Path.GetFileName(path)).Where(TemplateSpecs.IsName) : [];

    [LoggerMessage(LogLevel.Warning, "The template in {Folder} cannot be used: {Problem}")]
    private partial void LogWrong(string folder, string problem);
}

/// <summary>A folder's template: what it says, or what is wrong with it.</summary>
internal sealed record NamedTemplate(string Name, TemplateOrigin Origin, TemplateSpec? Spec, string? Problem);

/// <summary>Where a template comes from.</summary>
internal enum TemplateOrigin
{
    /// <summary>It came with the program.</summary>
    Builtin,

    /// <summary>The operator put it into the home.</summary>
    Home,

    /// <summary>It is in the company's folder.</summary>
    Company,

    /// <summary>A specification that a caller of the workspace gave.</summary>
    Spec,

    /// <summary>Kept from a sandbox of the workspace.</summary>
    Sandbox,

    /// <summary>Imported from an archive.</summary>
    Archive,
}
