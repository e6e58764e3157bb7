using System.Globalization;
using Miosa.Devices.Templates;
using Miosa.Devices.Volumes;

namespace Miosa.Devices;

/// <summary>
/// What devices are made from on this machine: systems of Debian packages, each a volume that appears by a rename when
/// it is whole, and layers, which are devices that were kept.
/// </summary>
internal sealed class TemplateStore(EngineOptions options, TimeProvider time)
{
    /// <summary>Whether it is here, and made as it would be made now.</summary>
    public bool Has(TemplateRecipe recipe) => TemplateMarker.Read(DevicePaths.Template(options, recipe.Name))?.Recipe == recipe.Hash;

    /// <summary>Its volume appears last and goes first.</summary>
    public bool HasLayer(string key) => Directory.Exists(DevicePaths.Root(DevicePaths.Layer(options, key)));

    public IReadOnlyList<string> FindLayers() =>
        [.. Directory.GetDirectories(DevicePaths.Layer(options, "")).Select(path => Path.GetFileName(path)).Where(HasLayer).Where(name => !name.StartsWith('.'))];

    /// <summary>The volume that devices are copies of.</summary>
    public string Root(string key) => HasLayer(key) ? DevicePaths.Root(DevicePaths.Layer(options, key)) : DevicePaths.Template(options, key);

    /// <summary>How much a sandbox refers to before it writes anything.</summary>
    public long ReadBytes(string key) =>
        TryReadBytes(key) ?? throw new EngineException($"The template `{key}` is not on this machine.", "Build it again, or create the sandbox from another one.");

    public long? TryReadBytes(string key)
    {
        var file = HasLayer(key) ? LayerSizeFile(DevicePaths.Layer(options, key)) : SizeFile(key);
        return File.Exists(file) ? long.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : null;
    }

    public async Task BuildAsync(TemplateRecipe recipe, IProgress<TemplateProgress> progress, CancellationToken cancellationToken)
    {
        var name = recipe.Name;
        var unfinished = DevicePaths.Template(options, $".new-{name}");
        // The tools of a host that was killed go on without it.
        BuildCommands.EndAllThatName(unfinished);
        if (Directory.Exists(unfinished))
            Subvolume.Delete(unfinished);
        Subvolume.Create(unfinished);
        var logs = Directory.CreateDirectory(Path.Combine(options.DataDirectory, "logs")).FullName;
        try
        {
            await new TemplateBuilder(time).BuildAsync(recipe, DebianMirror.OfThisMachine(), unfinished, Path.Combine(logs, $"template-{name}.log"), progress, cancellationToken);
            await File.WriteAllTextAsync(SizeFile(name), await MeasureAsync(unfinished, cancellationToken), cancellationToken);
            // One of an older recipe makes room; what was made from it keeps its own copy.
            if (Directory.Exists(DevicePaths.Template(options, name)))
                Subvolume.Delete(DevicePaths.Template(options, name));
            Directory.Move(unfinished, DevicePaths.Template(options, name));
        }
        catch (TemplateBuildException exception)
        {
            Subvolume.Delete(unfinished);
            var log = exception.LogFile is null ? "" : $" The log is {exception.LogFile}; it ends with: {string.Join(" | ", exception.LogTail.TakeLast(3))}";
            throw new EngineException($"The template {name} could not be built: {exception.Message}{log}", exception.Remedy, exception);
        }
    }

    public async Task KeepAsync(string id, string key, CancellationToken cancellationToken)
    {
        if (HasLayer(key))
            return;
        var unfinished = DevicePaths.UnfinishedLayer(options, id);
        var source = DevicePaths.Root(new DevicePaths(options, id).Home);
        DeleteUnfinished(id);
        Directory.CreateDirectory(unfinished);
        // Counted at the device, which wrote it: a copy has written nothing.
        await File.WriteAllTextAsync(LayerSizeFile(unfinished), await MeasureAsync(source, cancellationToken), cancellationToken);
        Subvolume.Snapshot(source, DevicePaths.Root(unfinished), readOnly: true);
        // Where it was being deleted when a host ended, its directory is still in the way.
        DeleteLayer(key);
        Directory.Move(unfinished, DevicePaths.Layer(options, key));
    }

    public void DeleteLayer(string key) => DeviceVolumes.Delete(DevicePaths.Layer(options, key));

    public void DeleteUnfinished(string id) => DeviceVolumes.Delete(DevicePaths.UnfinishedLayer(options, id));

    /// <summary>The referenced bytes, as btrfs counts them for its limits.</summary>
    private static async Task<string> MeasureAsync(string volume, CancellationToken cancellationToken)
    {
        const string failure = "The size of a template could not be read.";
        const string remedy = "Install the package btrfs-progs.";
        await Tool.RunAsync("btrfs", ["filesystem", "sync", volume], failure, remedy, cancellationToken);
        var table = await Tool.RunAsync("btrfs", ["qgroup", "show", "--raw", "-f", volume], failure, remedy, cancellationToken);
        var row = table.Split('\n').First(line => line.StartsWith("0/", StringComparison.Ordinal));
        return row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
    }

    private string SizeFile(string name) => DevicePaths.Template(options, $"{name}.bytes");

    private static string LayerSizeFile(string directory) => Path.Combine(directory, "bytes");
}
