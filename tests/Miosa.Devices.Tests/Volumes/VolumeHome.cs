using Miosa.Devices.Native;
using Miosa.Devices.Oci;
using Miosa.Devices.Tests.Doors;
using Miosa.Devices.Volumes;

namespace Miosa.Devices.Tests.Volumes;

/// <summary>An engine's directories with volumes of one kind, and nothing in them.</summary>
internal sealed class VolumeHome : IAsyncDisposable
{
    private static readonly TimeProvider Time = TimeProvider.System;
    private readonly string _directory = Directory.CreateTempSubdirectory("miosa-vol-").FullName;
    private readonly List<LocalEngine> _engines = [];
    private readonly List<VolumePool> _pools = [];
    private readonly Dictionary<string, StagedMount> _views = new(StringComparer.Ordinal);

    private VolumeHome(VolumeChoice choice, string door) => Options = new EngineOptions
    {
        DataDirectory = Directory.CreateDirectory(Path.Combine(_directory, "data")).FullName,
        // Its name is the control group's too.
        RunDirectory = Path.Combine(_directory, Path.GetFileName(_directory)),
        DoorPath = door,
        FirstUserId = EngineOptions.UserIdsFor((uint)Random.Shared.Next()),
        Volumes = choice,
        LeastFreeBytes = 0,
    };

    public EngineOptions Options { get; init; }

    private string TreeDirectory => Path.Combine(DevicePaths.Volumes(Options), "trees");

    /// <summary>Skips the test where this machine may not mount.</summary>
    public static async Task<VolumeHome> CreateAsync(VolumeChoice choice)
    {
        Assert.SkipUnless(Libc.EffectiveUserId() == 0, "Mounting needs root.");
        var home = new VolumeHome(choice, await CompiledC.DoorAsync());
        // The users of devices go through it.
        File.SetUnixFileMode(home._directory, (UnixFileMode)0b111_001_001);
        return home;
    }

    public async Task<VolumePool> OpenPoolAsync(Func<EngineOptions, EngineOptions>? change = null)
    {
        var pool = new VolumePool(change is null ? Options : change(Options), Time);
        _pools.Add(pool);
        await pool.OpenAsync(TestContext.Current.CancellationToken);
        await pool.ClearedAsync();
        return pool;
    }

    public async Task<LocalEngine> OpenEngineAsync(Func<EngineOptions, EngineOptions>? change = null)
    {
        var engine = new LocalEngine(change is null ? Options : change(Options), Time);
        _engines.Add(engine);
        await engine.OpenAsync(TestContext.Current.CancellationToken);
        await engine.ClearedAsync();
        return engine;
    }

    /// <summary>A device as small as can be: its template is what <paramref name="fill"/> puts into a directory.</summary>
    public async Task<DeviceSpec> AddDeviceAsync(LocalEngine engine, string id, Action<string> fill, int slot = 0)
    {
        var spec = Spec(id, slot);
        var template = DevicePaths.Template(Options, spec.Template);
        if (!Directory.Exists(template))
        {
            var pool = await OpenPoolAsync();
            await pool.CreateAsync(template, CancellationToken.None);
            fill(pool.OwnFiles(template));
            await pool.ShareAsync(template);
        }
        await engine.CreateAsync(spec, TestContext.Current.CancellationToken);
        return spec;
    }

    public static DeviceSpec Spec(string id, int slot = 0) => new() { Id = id, Hostname = "tiny", Template = "tiny", Size = DeviceSize.All[0], Slot = slot };

    /// <summary>Where a device's system is seen as the machine's root sees it, as long as it has not been replaced.</summary>
    public string RootOf(string id) => Seen(DevicePaths.Root(new DevicePaths(Options, id).Home));

    public string SnapshotRootOf(string id) => Seen(DevicePaths.Root(DevicePaths.Snapshot(Options, id)));

    /// <summary>Where the files of any volume are seen.</summary>
    public string Seen(string volume)
    {
        var view = _pools.Concat(_engines.Select(engine => engine.Pool)).First().View(volume);
        if (view is { Changes: null, Layers: [var single] })
            return single;
        // Anew each time: an overlay does not look again for what it has not found.
        var seen = new StagedMount(view, Path.Combine(_directory, "seen", Path.GetRelativePath(DevicePaths.Volumes(Options), volume)), Shift: null);
        if (_views.Remove(seen.Target, out var before))
            before.Detach();
        _views.Add(seen.Target, seen);
        seen.Attach();
        return seen.Target;
    }

    /// <summary>Names of the trees that volumes may stand on.</summary>
    public IEnumerable<string> Trees => Directory.Exists(TreeDirectory) ? Directory.GetDirectories(TreeDirectory).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal) : [];

    /// <summary>Names of the trees that volumes do stand on.</summary>
    public IEnumerable<string> TreesInUse() =>
        DevicePaths.Kinds.SelectMany(kind => Directory.GetDirectories(Path.Combine(DevicePaths.Volumes(Options), kind)))
            .SelectMany(home => (string[])[home, DevicePaths.Root(home)])
            .Select(volume => Path.Combine(volume, "below")).Where(Directory.Exists)
            .SelectMany(Directory.GetFiles).Select(mark => Path.GetFileName(mark).Split('-')[1]).Distinct().Order(StringComparer.Ordinal);

    /// <summary>Everything in the pool but the insides of volumes: what there is, whole or not.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync()
    {
        foreach (var engine in _engines)
            await engine.ClearedAsync();
        foreach (var pool in _pools)
            await pool.ClearedAsync();
        var all = DevicePaths.Volumes(Options);
        var entries = ((string[])["sandboxes", "snapshots", "templates"]).Select(kind => Path.Combine(all, kind))
            .Concat(Directory.GetDirectories(Path.Combine(all, "work")))
            .SelectMany(Directory.GetFileSystemEntries);
        return [.. entries.Select(path => Path.GetRelativePath(all, path)).Order(StringComparer.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var view in _views.Values)
            view.Detach();
        foreach (var engine in _engines)
        {
            foreach (var id in engine.FindLeftovers())
                await engine.StopAsync(id, TimeSpan.Zero);
            await engine.ClearedAsync();
            await engine.DisposeAsync();
        }
        if (Mounts.IsMounted(DevicePaths.Volumes(Options)))
            await Tool.RunAsync("umount", ["--lazy", DevicePaths.Volumes(Options)], "", "", CancellationToken.None);
        // Not by .NET: there may be paths that are longer than a path may be.
        await Tool.RunAsync("rm", ["-rf", "--", _directory], "", "", CancellationToken.None);
    }
}
