using Miosa.Devices.Templates;
using Miosa.Devices.Volumes;

namespace Miosa.Devices;

/// <summary>The templates on this machine: each a volume that appears, by a rename, when it is whole.</summary>
internal sealed class TemplateStore(EngineOptions options, VolumePool pool, TimeProvider time)
{
    /// <summary>Whether it is here, and made as it would be made now.</summary>
    public bool Has(string name) =>
        TemplateMarker.Read(DevicePaths.Template(options, name)) is { } marker && (name != TemplateRecipe.Default.Name || marker.Recipe == TemplateRecipe.Default.Hash);

    public async Task BuildAsync(string name, IProgress<TemplateProgress> progress, CancellationToken cancellationToken)
    {
        var recipe = TemplateRecipe.Default;
        if (name != recipe.Name)
            throw new EngineException($"There is no template `{name}`.", $"Use `{recipe.Name}`.");
        await pool.RequireRoomAsync(source: null, cancellationToken);
        var unfinished = DevicePaths.Template(options, $".new-{name}");
        await pool.RemoveAsync(unfinished);
        await pool.CreateAsync(unfinished, cancellationToken);
        var logs = Directory.CreateDirectory(Path.Combine(options.DataDirectory, "logs")).FullName;
        try
        {
            await new TemplateBuilder(time).BuildAsync(recipe, DebianMirror.OfThisMachine(), unfinished, Path.Combine(logs, $"template-{name}.log"), progress, cancellationToken);
            // One of an older recipe makes room; what was made from it keeps its own copy.
            await pool.RemoveAsync(DevicePaths.Template(options, name));
            Directory.Move(unfinished, DevicePaths.Template(options, name));
        }
        catch (TemplateBuildException exception)
        {
            await pool.RemoveAsync(unfinished);
            var log = exception.LogFile is null ? "" : $" The log is {exception.LogFile}; it ends with: {string.Join(" | ", exception.LogTail.TakeLast(3))}";
            throw new EngineException($"The template {name} could not be built: {exception.Message}{log}", exception.Remedy, exception);
        }
    }
}
