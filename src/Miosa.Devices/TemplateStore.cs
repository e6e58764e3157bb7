using System.Globalization;
using Miosa.Devices.Templates;
using Miosa.Devices.Volumes;

namespace Miosa.Devices;

/// <summary>
/// What devices are made from on this machine: systems of Debian packages, each a volume that appears by a rename when
/// it is whole, and layers, which are devices that were kept.
/// </summary>
internal sealed class TemplateStore(EngineOptions options, VolumePool pool, TimeProvider time)
{
    private const string SizeFile = "bytes";

    /// <summary>Whether it is here, and made as it would be made now.</summary>
    public bool Has(TemplateRecipe recipe) => TemplateMarker.Read(pool.OwnFiles(DevicePaths.Template(options, recipe.Name)))?.Recipe == recipe.Hash;

    public bool HasLayer(string key) => Directory.Exists(DevicePaths.Layer(options, key));

    public IReadOnlyList<string> FindLayers() => [.. Directory.GetDirectories(DevicePaths.Layer(options, "")).Select(path => Path.GetFileName(path))];

    /// <summary>The volume that devices are copies of.</summary>
    public string Root(string key)
    {
        var root = HasLayer(key) ? DevicePaths.Root(DevicePaths.Layer(options, key)) : DevicePaths.Template(options, key);
        return Directory.Exists(root) ? root : throw new EngineException($"The template `{key}` is not on this machine.", "Build it again, or create the sandbox from another one.");
    }

    public async Task<long?> BytesAsync(string key, CancellationToken cancellationToken)
    {
        if (!HasLayer(key))
            return (await pool.MeasureAsync(DevicePaths.Template(options, key), cancellationToken))?.OwnBytes;
        var file = Path.Combine(DevicePaths.Layer(options, key), SizeFile);
        return File.Exists(file) ? long.Parse(await File.ReadAllTextAsync(file, cancellationToken), CultureInfo.InvariantCulture) : null;
    }

    public async Task BuildAsync(TemplateRecipe recipe, IProgress<TemplateProgress> progress, CancellationToken cancellationToken)
    {
        var name = recipe.Name;
        await pool.RequireRoomAsync(source: null, cancellationToken);
        var unfinished = DevicePaths.Template(options, $".new-{name}");
        // The tools of a host that was killed go on without it.
        BuildCommands.EndAllThatName(unfinished);
        await pool.RemoveAsync(unfinished);
        await pool.CreateAsync(unfinished, cancellationToken);
        var logs = Directory.CreateDirectory(Path.Combine(options.DataDirectory, "logs")).FullName;
        try
        {
            await new TemplateBuilder(time).BuildAsync(recipe, DebianMirror.OfThisMachine(), pool.OwnFiles(unfinished), Path.Combine(logs, $"template-{name}.log"), progress, cancellationToken);
            await pool.ShareAsync(unfinished);
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

    /// <summary>The device must not run: what it writes while it is copied would be there by half.</summary>
    public async Task KeepAsync(string id, string key)
    {
        if (HasLayer(key))
            return;
        var source = DevicePaths.Root(new DevicePaths(options, id).Home);
        await pool.RequireRoomAsync(source, CancellationToken.None);
        // Counted at the device, which wrote it: a copy has written nothing.
        var space = await pool.MeasureAsync(source, CancellationToken.None);
        await pool.MakeAsync(DevicePaths.Layer(options, key), async unfinished =>
        {
            if (space is not null)
                await File.WriteAllTextAsync(Path.Combine(unfinished, SizeFile), space.OwnBytes.ToString(CultureInfo.InvariantCulture));
            await pool.KeepAsync(source, DevicePaths.Root(unfinished), CancellationToken.None);
            await pool.ShareAsync(DevicePaths.Root(unfinished));
        });
    }

    public Task DeleteLayerAsync(string key) => pool.RemoveAsync(DevicePaths.Layer(options, key));
}
