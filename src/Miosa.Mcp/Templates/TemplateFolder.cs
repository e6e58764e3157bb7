namespace Miosa.Mcp.Templates;

/// <summary>
/// A template as a person keeps it: a folder with `template.yaml` and, beside it, the tree `files/` that is copied to `/`.
/// </summary>
internal static class TemplateFolder
{
    public const string FileName = "template.yaml";
    public const string FilesName = "files";
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
        return Of(name, File.ReadAllText(file.FullName), Files(folder), isOfHost: true);
    }

    /// <param name="name">What the folder is called.</param>
    /// <param name="yaml">What `template.yaml` says.</param>
    /// <param name="tree">What is below `files/`.</param>
    /// <param name="isOfHost">Whether it was written by who runs the host, and by nobody who works in a sandbox.</param>
    /// <exception cref="SpecException">It is not a template that can be taken.</exception>
    public static TemplateSpec Of(string name, string yaml, IEnumerable<TreeFile> tree, bool isOfHost)
    {
        var spec = TemplateSpecs.Read(name, YamlSpec.Read(yaml), mayBeDebian: isOfHost);
        if (!isOfHost && spec.Egress is "web")
            throw new SpecException("`egress` is `web`, which a template of the company's folder does not give; create the sandbox with `network: web`, for which a person is asked.");
        List<SpecFile> files = [];
        var bytes = 0L;
        foreach (var file in tree)
        {
            if (TemplateSpecs.PathProblem(file.Path) is { } problem)
                throw new SpecException($"{FilesName}{file.Path}: {problem}");
            if (files.Count == TemplateSpecs.MostFiles || (bytes += file.Bytes) > TemplateSpecs.MostFileBytes)
                throw new SpecException($"`{FilesName}/` holds more than {TemplateSpecs.MostFiles} files or {TemplateSpecs.MostFileBytes >> 20} MiB.");
            files.Add(new SpecFile(file.Path, file.Read(), file.IsExecutable));
        }
        if (spec.IsDebian && files.Count > 0)
            throw new SpecException($"A template whose `base` is `{TemplateSpec.Debian}` takes no `{FilesName}/`; build another on it.");
        return spec with { Files = [.. files.OrderBy(file => file.Path, StringComparer.Ordinal), .. spec.Files] };
    }

    /// <summary>A link could lead anywhere on this machine, so none is followed and none is taken.</summary>
    private static IEnumerable<TreeFile> Files(string folder)
    {
        var root = Path.Combine(folder, FilesName);
        if (!Directory.Exists(root))
            yield break;
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        foreach (var entry in new DirectoryInfo(root).EnumerateFileSystemInfos("*", options))
        {
            var path = "/" + Path.GetRelativePath(root, entry.FullName);
            if (entry.LinkTarget is not null)
                throw new SpecException($"{FilesName}{path} is a link; a command of the template can make one.");
            if (entry is FileInfo file)
                yield return new TreeFile(path, file.Length, file.UnixFileMode.HasFlag(UnixFileMode.UserExecute), () => File.ReadAllBytes(file.FullName));
        }
    }
}

/// <summary>A file below `files/`, which is read only if it is taken.</summary>
/// <param name="Path">Where it is put, from the root on.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="IsExecutable">Whether it may be run.</param>
/// <param name="Read">Gives its content.</param>
internal sealed record TreeFile(string Path, long Bytes, bool IsExecutable, Func<byte[]> Read);
