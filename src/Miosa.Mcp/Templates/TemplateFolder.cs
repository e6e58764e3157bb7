namespace Miosa.Mcp.Templates;

/// <summary>
/// A template as a person keeps it: a folder with `template.yaml` and, beside it, the tree `files/` that is copied to `/`.
/// </summary>
internal static class TemplateFolder
{
    private const string FileName = "template.yaml";
    private const string FilesName = "files";
    private const int MostSpecBytes = 1 << 20;

    /// <exception cref="SpecException">It is not a template that can be taken.</exception>
    public static TemplateSpec Read(string folder)
    {
        var name = Path.GetFileName(folder);
        if (!TemplateSpecs.IsName(name))
            throw new SpecException($"The folder is named `{SpecReader.Show(name)}`; {TemplateSpecs.NameRule}");
        var file = new FileInfo(Path.Combine(folder, FileName));
        if (!file.Exists)
            throw new SpecException($"There is no {FileName} in it.");
        if (file.Length > MostSpecBytes)
            throw new SpecException($"{FileName} has {file.Length} bytes; {MostSpecBytes} is the most.");
        var spec = TemplateSpecs.Read(name, YamlSpec.Read(File.ReadAllText(file.FullName)), mayBeDebian: true);
        var tree = Files(folder);
        if (spec.IsDebian && tree.Count > 0)
            throw new SpecException($"A template whose `base` is `{TemplateSpec.Debian}` takes no `{FilesName}/`; build another on it.");
        return spec with { Files = [.. tree, .. spec.Files] };
    }

    /// <summary>A link could lead anywhere on this machine, so none is followed and none is taken.</summary>
    private static List<SpecFile> Files(string folder)
    {
        var root = Path.Combine(folder, FilesName);
        if (!Directory.Exists(root))
            return [];
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        List<SpecFile> files = [];
        var bytes = 0L;
        foreach (var entry in new DirectoryInfo(root).EnumerateFileSystemInfos("*", options))
        {
            var path = "/" + Path.GetRelativePath(root, entry.FullName);
            if (entry.LinkTarget is not null)
                throw new SpecException($"{FilesName}{path} is a link; a command of the template can make one.");
            if (entry is not FileInfo file)
                continue;
            if (TemplateSpecs.PathProblem(path) is { } problem)
                throw new SpecException($"{FilesName}{path}: {problem}");
            if (files.Count == TemplateSpecs.MostFiles || (bytes += file.Length) > TemplateSpecs.MostFileBytes)
                throw new SpecException($"`{FilesName}/` holds more than {TemplateSpecs.MostFiles} files or {TemplateSpecs.MostFileBytes >> 20} MiB.");
            files.Add(new SpecFile(path, File.ReadAllBytes(file.FullName), file.UnixFileMode.HasFlag(UnixFileMode.UserExecute)));
        }
        return [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)];
    }
}
