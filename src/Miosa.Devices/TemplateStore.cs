using System.Globalization;
using Miosa.Devices.Templates;
using Miosa.Devices.Volumes;

namespace Miosa.Devices;

/// <summary>The templates on this machine: each a volume that appears, by a rename, when it is whole.</summary>
internal sealed class TemplateStore(EngineOptions options, TimeProvider time)
{
    /// <summary>Whether it is here, and made as it would be made now.</summary>
    public bool Has(string name) =>
        TemplateMarker.Read(DevicePaths.Template(options, name)) is { } marker && (name != TemplateRecipe.Default.Name || marker.Recipe == TemplateRecipe.Default.Hash);

    /// <summary>How much a sandbox refers to before it writes anything.</summary>
    public long ReadBytes(string name) =>
        long.Parse(File.ReadAllText(SizeFile(name)), CultureInfo.InvariantCulture);

    public async Task BuildAsync(string name, IProgress<TemplateProgress> progress, CancellationToken cancellationToken)
    {
        var recipe = TemplateRecipe.Default;
        if (name != recipe.Name)
            throw new EngineException($"There is no template `{name}`.", $"Use `{recipe.Name}`.");
        var unfinished = DevicePaths.Template(options, $".new-{name}");
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
}
