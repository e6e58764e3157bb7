using System.Text;
using Miosa.Mcp.Workspaces;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Templates;

/// <summary>
/// The templates in a company's own folder: `templates/NAME/` beside its agents and skills. They are taken from the copy
/// that the host keeps of the folder, so that nobody waits for a sandbox and no link is followed.
/// </summary>
internal sealed class CompanyTemplates(Lazy<WorkspaceContracts> contracts)
{
    private const int Most = 200;
    private const string Ending = "/" + TemplateFolder.FileName;

    /// <summary>Their names; also of those that turn out not to be right.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(string workspace, CancellationToken cancellationToken) =>
        await MirrorAsync(workspace, cancellationToken) is { } mirror
            ? [.. mirror.Files.Keys.Where(IsTemplate).Select(path => path[MirrorRules.TemplateRoot.Length..^Ending.Length]).Order(StringComparer.Ordinal).Take(Most)]
            : [];

    /// <summary>Whether the folder has one of that name, right or not.</summary>
    public async Task<bool> HasAsync(string workspace, string name, CancellationToken cancellationToken) => Has(await MirrorAsync(workspace, cancellationToken), name);

    /// <summary>The template of that name; null where there is none.</summary>
    public async Task<NamedTemplate?> FindAsync(string workspace, string name, CancellationToken cancellationToken)
    {
        var folder = MirrorRules.TemplateRoot + name;
        if (await MirrorAsync(workspace, cancellationToken) is not { } mirror || !Has(mirror, name))
            return null;
        try
        {
            var yaml = Read(mirror, folder + Ending);
            return new NamedTemplate(name, TemplateOrigin.Company, TemplateFolder.Of(name, Encoding.UTF8.GetString(yaml), Tree(mirror, $"{folder}/{TemplateFolder.FilesName}"), isOfHost: false), null);
        }
        catch (SpecException exception)
        {
            return new NamedTemplate(name, TemplateOrigin.Company, null, exception.Message);
        }
    }

    private static bool Has(FolderMirror? mirror, string name) => TemplateSpecs.IsName(name) && mirror?.Files.ContainsKey(MirrorRules.TemplateRoot + name + Ending) is true;

    private static bool IsTemplate(string path) =>
        path.StartsWith(MirrorRules.TemplateRoot, StringComparison.Ordinal) && path.EndsWith(Ending, StringComparison.Ordinal)
        && path.Length > MirrorRules.TemplateRoot.Length + Ending.Length && TemplateSpecs.IsName(path[MirrorRules.TemplateRoot.Length..^Ending.Length]);

    private static IEnumerable<TreeFile> Tree(FolderMirror mirror, string root) =>
        from file in mirror.Files
        where file.Key.StartsWith(root + "/", StringComparison.Ordinal)
        select new TreeFile(file.Key[root.Length..], file.Value.Size, file.Value.IsExecutable, () => Read(mirror, file.Key));

    private static byte[] Read(FolderMirror mirror, string path)
    {
        if (mirror.Files.TryGetValue(path, out var file) && !file.IsWhole)
            throw new SpecException($"{path} has {file.Size} bytes; of a file in the company's folder {MirrorRules.MostOfFile} are kept. A command of the template can fetch what is larger.");
        return file?.Size is 0 ? [] : mirror.TryRead(path) ?? throw new SpecException($"{path} could not be read; it may just be changing.");
    }

    private async Task<FolderMirror?> MirrorAsync(string workspace, CancellationToken cancellationToken)
    {
        // Reads the folder, where nobody has in this host's life.
        await contracts.Value.FindAsync(workspace, cancellationToken);
        return contracts.Value.Mirror(workspace);
    }
}
