using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Templates;

/// <summary>
/// Makes layers, each in a sandbox of its own that is gone afterwards, whatever happens: it is written down before
/// anything is made for it, so that the next host clears away what one that was killed left.
/// </summary>
internal sealed class BuildDevices(LocalEngine engine, TemplateStore store, BuildNetwork network, IOptions<TemplateOptions> options, IHostApplicationLifetime lifetime, TimeProvider time) : IDisposable
{
    /// <summary>How the ids of sandboxes that something is built in begin.</summary>
    public const string IdPrefix = "bld";

    private const string SizeName = "large";
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _total = new(options.Value.AtOnce);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _workspaces = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<int> _slots = [.. Enumerable.Range(EngineOptions.MostDevices - TemplateOptions.Slots, TemplateOptions.Slots)];

    /// <summary>Keeps what <paramref name="work"/> makes of the source under the template's key.</summary>
    /// <exception cref="EngineException">It could not be made; nothing is left of it.</exception>
    public async Task RunAsync(Template template, LayerSource source, BuildLog log, Func<BuildDevice, Task> work)
    {
        // One workspace's long builds do not keep another's waiting for ever.
        var own = _workspaces.GetOrAdd(template.Row?.Workspace ?? "", _ => new SemaphoreSlim(1));
        using var ofWorkspace = await EnterAsync(own);
        using var ofHost = await EnterAsync(_total);
        using var late = new CancellationTokenSource(options.Value.LongestBuild, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(late.Token, lifetime.ApplicationStopping);
        var id = Ids.New(IdPrefix, time);
        _slots.TryTake(out var slot);
        await store.AddBuildAsync(id, template.Row?.Id, CancellationToken.None);
        try
        {
            await MakeAsync(Spec(id, slot, template, source), template, source, log, work, ending.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new EngineException($"It took longer than {options.Value.LongestBuild.TotalMinutes:0} minutes.", "Do less in one template: put the slow part into a base of its own.");
        }
        catch (Exception exception) when (DoorFailures.IsBroken(exception) || exception is IOException)
        {
            throw new EngineException($"The sandbox it was built in broke: {exception.Message}", "Look at the log's end; a build may use 16 GiB of memory and 40 GiB of disk.", exception);
        }
        finally
        {
            await ClearAsync(id);
            _slots.Add(slot);
        }
    }

    /// <summary>Removes all that is left of a build, and then the note of it.</summary>
    public async Task ClearAsync(string id)
    {
        await engine.DestroyAsync(id, CancellationToken.None);
        // The one it was copied from, where it was made of a living sandbox.
        await engine.DeleteSnapshotAsync(id, CancellationToken.None);
        await store.RemoveBuildAsync(id, CancellationToken.None);
    }

    public void Dispose() => _total.Dispose();

    private async Task MakeAsync(DeviceSpec spec, Template template, LayerSource source, BuildLog log, Func<BuildDevice, Task> work, CancellationToken ending)
    {
        await CreateAsync(spec, source, ending);
        await engine.StartAsync(spec, ending);
        var way = await network.OpenAsync(spec, template, ending);
        try
        {
            await work(new BuildDevice(engine.Door(spec.Id), log, way, ending));
        }
        finally
        {
            await engine.StopAsync(spec.Id, StopGrace);
            await network.CloseAsync(spec.Id);
        }
        await engine.KeepAsLayerAsync(spec.Id, template.Key, ending);
    }

    private async Task CreateAsync(DeviceSpec spec, LayerSource source, CancellationToken ending)
    {
        switch (source)
        {
            case LayerSource.Device device:
                await device.Keep(spec.Id);
                await engine.CreateFromSnapshotAsync(spec, spec.Id, ending);
                break;
            case LayerSource.Snapshot snapshot:
                await engine.CreateFromSnapshotAsync(spec, snapshot.Id, ending);
                break;
            case LayerSource.Layer:
                await engine.CreateAsync(spec, ending);
                break;
        }
    }

    private static DeviceSpec Spec(string id, int slot, Template template, LayerSource source) => new()
    {
        Id = id,
        Hostname = "build",
        Template = source is LayerSource.Layer layer ? layer.Key : template.Key,
        Size = DeviceSize.Find(SizeName)!,
        Slot = slot,
    };

    private async Task<IDisposable> EnterAsync(SemaphoreSlim semaphore)
    {
        await semaphore.WaitAsync(lifetime.ApplicationStopping);
        return new Held(semaphore);
    }

    private sealed class Held(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
