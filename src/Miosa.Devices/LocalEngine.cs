using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Miosa.Devices.Doors;
using Miosa.Devices.Native;
using Miosa.Devices.Oci;
using Miosa.Devices.Seccomp;
using Miosa.Devices.Templates;
using Miosa.Devices.Volumes;

namespace Miosa.Devices;

/// <summary>
/// Makes devices real on this machine: an OCI container over a copy of a template, with the door as its first process.
/// It keeps nothing in memory that it cannot read back from the machine, so that a host that was killed finds every
/// device as it is. Calls for one device must not overlap; calls for different ones may.
/// </summary>
public sealed partial class LocalEngine : IAsyncDisposable
{
    private const int Terminate = 15;
    private const int Kill = 9;
    private const string DoorInside = "/run/miosa/door";
    private const string StateInside = "/run/miosa/state";
    private const string SocketInside = "/run/miosa/door.sock";

    /// <summary>Where a device finds the certificate authorities of <see cref="EngineOptions.Certificates"/>.</summary>
    public const string CertificatesInside = "/run/miosa/certificates.pem";

    private const UnixFileMode Traversable = (UnixFileMode)0b111_001_001;

    private readonly EngineOptions _options;
    private readonly TimeProvider _time;
    private readonly VolumePool _pool;
    private readonly DeviceVolumes _volumes;
    private readonly TemplateStore _templates;
    private readonly Freezer _freezer;
    private readonly Stillness _stillness;
    private readonly Lazy<MountThread> _mounts = new(() => new MountThread());
    private readonly Lazy<NetworkThread> _networks = new(() => new NetworkThread());
    private readonly ConcurrentDictionary<int, Lazy<Task<int>>> _userNamespaces = new();
    private readonly ConcurrentDictionary<Isolation, Lazy<Task<ProbedTier>>> _tiers = new();
    private readonly SemaphoreSlim _opening = new(1);
    private bool _isOpen;
    private readonly ulong _openFiles = OpenFilesLimit();
    private readonly Action<EngineException>? _withoutBtrfs;

    /// <param name="options">Where everything is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="withoutBtrfs">Told why, where a new home had to be begun without btrfs.</param>
    public LocalEngine(EngineOptions options, TimeProvider time, Action<EngineException>? withoutBtrfs = null)
    {
        _withoutBtrfs = withoutBtrfs;
        _options = options;
        _time = time;
        _pool = new VolumePool(options, time);
        _volumes = new DeviceVolumes(options, _pool);
        _templates = new TemplateStore(options, _pool, time);
        _freezer = Freezer.Of(options, time);
        _stillness = new Stillness(options, _freezer);
    }

    /// <summary>Prepares the machine; everything else does so itself when it is first needed.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _isOpen))
            return;
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_isOpen)
                return;
            await OpenCoreAsync();
            Volatile.Write(ref _isOpen, true);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>What each runtime of a tier can do here, found by trying.</summary>
    public async Task<IReadOnlyList<RuntimeReport>> ReportAsync(Isolation isolation, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        return (await TierAsync(isolation)).Reports;
    }

    /// <summary>Whether a system of packages is built, as it would be built now. The engine must be open.</summary>
    public bool HasTemplate(TemplateRecipe recipe) => _templates.Has(recipe);

    /// <summary>Whether a layer is here and whole. The engine must be open.</summary>
    public bool HasLayer(string key) => _templates.HasLayer(key);

    /// <summary>What a template takes that was written for it; null where that is not known. The engine must be open.</summary>
    public Task<long?> TemplateBytesAsync(string key, CancellationToken cancellationToken) => _templates.BytesAsync(key, cancellationToken);

    /// <summary>Keys of the layers on this machine.</summary>
    public IReadOnlyList<string> FindLayers() => _templates.FindLayers();

    /// <summary>Builds a system of Debian packages, on this machine and by its own tools. Two builds of one must not overlap.</summary>
    public async Task BuildTemplateAsync(TemplateRecipe recipe, IProgress<TemplateProgress> progress, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        await _templates.BuildAsync(recipe, progress, cancellationToken);
    }

    /// <summary>Keeps the system of a device that does not run as a layer, from which others are made.</summary>
    public async Task KeepAsLayerAsync(string id, string key, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        await _templates.KeepAsync(id, key);
    }

    /// <summary>Removes a layer. What was made from it keeps its own copy.</summary>
    public async Task DeleteLayerAsync(string key, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        await _templates.DeleteLayerAsync(key);
    }

    /// <summary>Whether its files are on this machine. The engine must be open.</summary>
    public bool HasDevice(string id) => DeviceVolumes.Exist(new DevicePaths(_options, id));

    /// <summary>Makes the device's volumes if they are not there.</summary>
    public async Task CreateAsync(DeviceSpec spec, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        var paths = new DevicePaths(_options, spec.Id);
        if (DeviceVolumes.Exist(paths))
            return;
        // The namespace for the owners' shift is made meanwhile; starting needs it next.
        _ = UserNamespaceAsync(spec.Slot);
        await _volumes.CreateAsync(paths, spec, _templates.Root(spec.Template));
    }

    /// <summary>Whether its first process lives.</summary>
    public bool IsRunning(string id) => FindInit(new DevicePaths(_options, id)) is not null;

    /// <summary>Whether its processes stand still: read from the machine, so also true of one that an earlier host froze.</summary>
    public bool IsFrozen(string id) => _freezer.IsFrozen(id);

    /// <summary>Whether this machine can freeze it. Not so under every gVisor, which joins no such group.</summary>
    public bool CanFreeze(string id) => _freezer.CanFreeze(id);

    /// <summary>Stops all its processes where they stand. They keep their memory and take no processor time; nothing in it answers.</summary>
    public Task FreezeAsync(string id) => _freezer.FreezeAsync(id);

    /// <summary>Lets its processes go on; one that is not frozen is no error.</summary>
    public void Thaw(string id) => _freezer.Thaw(id);

    /// <summary>Starts it if it does not run. Its volumes must be there.</summary>
    public async Task<StartedDevice> StartAsync(DeviceSpec spec, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        var tier = await TierAsync(spec.Isolation);
        if (tier.Runtime is not { } runtime)
            throw new EngineException(
                $"No runtime for isolation `{spec.Isolation.ToString().ToLowerInvariant()}` works on this machine. {string.Join(" ", tier.Reports.Select(report => report.Problem).Distinct())}",
                "`miosa doctor` says what to install or allow.");
        var started = new StartedDevice
        {
            Runtime = runtime.Name,
            Isolation = spec.Isolation,
            UnenforcedLimits = [.. tier.Controllers.Missing(), .. KeepsDiskLimits ? (string[])[] : ["disk"]],
        };
        var paths = new DevicePaths(_options, spec.Id);
        if (FindInit(paths) is not null)
            return started;
        if (!DeviceVolumes.Exist(paths))
            throw new EngineException($"The files of {spec.Id} are not on this machine.", "Destroy it and create a new one.");

        if (Directory.Exists(paths.Bundle))
            await RemoveContainerAsync(paths, spec.Id, runtime);
        Directory.CreateDirectory(paths.Bundle, Traversable);
        // A copy: the machine may replace its own at any time.
        if (_options.Certificates is not null)
            File.Copy(_options.Certificates, paths.Certificates);
        // The runtime opens it by our descriptor; from then on the device holds it itself.
        var userNamespace = runtime.IsGvisor ? null : DescriptorPath(await UserNamespaceAsync(spec.Slot));
        await File.WriteAllTextAsync(Path.Combine(paths.Bundle, "config.json"), Spec(spec, paths, runtime, tier.Controllers, userNamespace).ToJson().ToJsonString(JsonSerializerOptions.Web), cancellationToken);

        var init = runtime.IsGvisor
            ? await runtime.RunAsync(spec.Id, paths.Bundle, Staged(paths, shift: null), null)
            : await RunWithSocketAsync(spec, paths, runtime);
        if (runtime.IsGvisor)
            await _networks.Value.RaiseLoopbackAsync(init);
        await File.WriteAllTextAsync(paths.Init, string.Create(CultureInfo.InvariantCulture, $"{init.Pid} {init.StartTicks} {BootId.Current}"), CancellationToken.None);
        return started;
    }

    /// <summary>Asks its processes to end, and ends them after <paramref name="grace"/>. Its files stay.</summary>
    public async Task StopAsync(string id, TimeSpan grace)
    {
        var paths = new DevicePaths(_options, id);
        if (FindInit(paths) is { } init)
        {
            init.Signal(grace > TimeSpan.Zero ? Terminate : Kill);
            // A frozen one takes its signals when it is thawed.
            _freezer.Thaw(id);
            if (!await init.WaitForExitAsync(grace))
            {
                init.Signal(Kill);
                await init.WaitForExitAsync(TimeSpan.FromSeconds(10));
            }
        }
        if (Directory.Exists(paths.Bundle))
            await RemoveContainerAsync(paths, id, runtime: null);
    }

    /// <summary>Ends it and removes its files for good.</summary>
    public async Task DestroyAsync(string id, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        await StopAsync(id, TimeSpan.Zero);
        await _pool.RemoveAsync(new DevicePaths(_options, id).Home);
    }

    /// <summary>Ids of devices of which there are files on this machine.</summary>
    public IReadOnlyList<string> FindLeftovers()
    {
        var volumes = Path.Combine(DevicePaths.Volumes(_options), "sandboxes");
        return Directory.Exists(volumes) ? [.. Directory.GetDirectories(volumes).Select(path => Path.GetFileName(path))] : [];
    }

    /// <summary>The way into a running device.</summary>
    /// <param name="id">The device.</param>
    /// <param name="use">Called before each connection; what it gives is disposed when that connection ends.</param>
    public Door Door(string id, Func<CancellationToken, ValueTask<IDisposable>>? use = null)
    {
        var paths = new DevicePaths(_options, id);
        return new Door(
            use is null
                ? cancellationToken => ConnectToDoorAsync(id, paths, cancellationToken)
                : cancellationToken => UsedStream.OpenAsync(use, token => ConnectToDoorAsync(id, paths, token), cancellationToken),
            _time);
    }

    /// <summary>Tells one run of a device from the next; null while it does not run.</summary>
    public string? RunOf(string id) => FindInit(new DevicePaths(_options, id)) is { } init ? string.Create(CultureInfo.InvariantCulture, $"{init.Pid}-{init.StartTicks}") : null;

    /// <summary>Whether a running device has the file <see cref="CertificatesInside"/>.</summary>
    public bool HasCertificates(string id) => File.Exists(new DevicePaths(_options, id).Certificates);

    /// <summary>Connects to a port on the loopback of a running device, as a program in it would.</summary>
    /// <exception cref="SocketException">Nothing listens there.</exception>
    public ValueTask<Stream> ConnectAsync(string id, int port, CancellationToken cancellationToken) =>
        ConnectAsync(id, port, NetworkThread.ConnectAsync, cancellationToken);

    /// <summary>The same, for who has a way of his own to connect a fresh socket; he disposes it where it fails.</summary>
    public ValueTask<Stream> ConnectAsync(string id, int port, Func<Socket, IPEndPoint, CancellationToken, ValueTask<Stream>> connect, CancellationToken cancellationToken) =>
        _networks.Value.ConnectAsync(FirstProcess(id), port, connect, cancellationToken);

    /// <summary>Listens on a port of the loopback of a running device: its programs connect and this process answers. It ends with the device.</summary>
    public Task<Socket> ListenAsync(string id, int port) => _networks.Value.ListenAsync(FirstProcess(id), port);

    public async ValueTask DisposeAsync()
    {
        foreach (var userNamespace in _userNamespaces.Values)
        {
            if (userNamespace.IsValueCreated && userNamespace.Value.IsCompletedSuccessfully)
                _ = Libc.Close(await userNamespace.Value);
        }
        if (_mounts.IsValueCreated)
            _mounts.Value.Dispose();
        if (_networks.IsValueCreated)
            _networks.Value.Dispose();
        _opening.Dispose();
        _archiving.Dispose();
    }

    private async Task OpenCoreAsync()
    {
        if (Libc.EffectiveUserId() != 0)
            throw new EngineException("Sandboxes need root on this machine: for mounts, control groups and user ids of their own.", "Start the host as root: `sudo ./miosa serve`.");
        if (!File.Exists(_options.DoorPath))
            throw new EngineException($"The program {_options.DoorPath} is missing.", "Start with the launcher `./miosa`, which builds it.");
        Directory.CreateDirectory(_options.RunDirectory, Traversable);
        InotifyLimit.Raise();
        await _pool.OpenAsync(CancellationToken.None);
        if (_pool.NoBtrfs is { } why)
            _withoutBtrfs?.Invoke(why);
        _stillness.ReleaseAll();
    }

    private async Task<RunningProcess> RunWithSocketAsync(DeviceSpec spec, DevicePaths paths, OciRuntime runtime)
    {
        var shift = await ShiftAsync(spec.Slot);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        // .NET unlinks a socket's name when it is closed here; the device goes on listening under another.
        var temporary = paths.Socket + ".new";
        listener.Bind(new UnixDomainSocketEndPoint(temporary));
        File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(512);
        File.Move(temporary, paths.Socket);
        return await runtime.RunAsync(spec.Id, paths.Bundle, Staged(paths, shift), (int)listener.Handle);
    }

    private IReadOnlyList<StagedMount> Staged(DevicePaths paths, OwnerShift? shift) =>
    [
        new(_pool.View(DevicePaths.Root(paths.Home)), paths.StagedRoot, shift),
        new(_pool.View(DevicePaths.State(paths.Home)), paths.StagedState, shift),
    ];

    private OciSpec Spec(DeviceSpec spec, DevicePaths paths, OciRuntime runtime, ControllerSet controllers, string? userNamespace) => new()
    {
        RootPath = paths.StagedRoot,
        Hostname = spec.Hostname,
        Arguments = [DoorInside, .. runtime.IsGvisor ? (string[])["--listen", SocketInside] : ["--fd", "3"], "--state", StateInside, "--spare", OciSpec.SpareInside],
        CgroupPath = CgroupNames.Path(_options, spec.Id),
        HostUserBase = runtime.IsGvisor ? null : FirstUserOf(spec.Slot),
        UserCount = EngineOptions.UserIdsPerDevice,
        UserNamespacePath = userNamespace,
        Seccomp = runtime.IsGvisor ? null : SeccompProfile.For(RuntimeInformation.ProcessArchitecture),
        Limits = CgroupLimits.For(spec.Size, controllers),
        OpenFiles = _openFiles,
        Binds =
        [
            new(DoorCopy(), DoorInside, ReadOnly: true),
            new(paths.StagedState, StateInside, ReadOnly: false),
            .. File.Exists(paths.Certificates) ? (BindMount[])[new(paths.Certificates, CertificatesInside, ReadOnly: true)] : [],
        ],
    };

    /// <summary>A copy that a rebuild of the program does not replace under the devices that run it.</summary>
    private string DoorCopy()
    {
        var source = new FileInfo(_options.DoorPath);
        var copy = Path.Combine(_options.RunDirectory, string.Create(CultureInfo.InvariantCulture, $"door-{source.LastWriteTimeUtc.Ticks:x}"));
        if (File.Exists(copy))
            return copy;
        var temporary = $"{copy}.{Guid.NewGuid():n}";
        File.Copy(source.FullName, temporary);
        File.SetUnixFileMode(temporary, (UnixFileMode)0b101_101_101);
        File.Move(temporary, copy, overwrite: true);
        return copy;
    }

    private async ValueTask<Stream> ConnectToDoorAsync(string id, DevicePaths paths, CancellationToken cancellationToken)
    {
        if (!File.Exists(paths.Socket) && (await TierAsync(Isolation.Strong)).Runtime is { } gvisor && FindInit(paths) is not null)
            return await Doors.Door.OverProgram([gvisor.Path, .. gvisor.ExecArguments(id, [DoorInside, "--relay", SocketInside])])(cancellationToken);
        return await Doors.Door.OverSocket(paths.Socket)(cancellationToken);
    }

    private async Task RemoveContainerAsync(DevicePaths paths, string id, OciRuntime? runtime)
    {
        // A device may have been started by another runtime than the one its tier takes today.
        var runtimes = runtime is not null
            ? [runtime]
            : (await Task.WhenAll(TierAsync(Isolation.Standard), TierAsync(Isolation.Strong))).Select(tier => tier.Runtime).OfType<OciRuntime>();
        foreach (var each in runtimes)
            await each.DeleteAsync(id);
        Directory.Delete(paths.Bundle, recursive: true);
    }

    private RunningProcess FirstProcess(string id) =>
        FindInit(new DevicePaths(_options, id)) ?? throw new EngineException($"{id} does not run.", "Start it first.");

    private static RunningProcess? FindInit(DevicePaths paths)
    {
        if (!File.Exists(paths.Init))
            return null;
        string text;
        try
        {
            text = File.ReadAllText(paths.Init);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Its container was removed just now.
            return null;
        }
        if (text.Split(' ') is not [var pid, var start, var boot] || boot != BootId.Current)
            return null;
        var init = new RunningProcess(int.Parse(pid, CultureInfo.InvariantCulture), ulong.Parse(start, CultureInfo.InvariantCulture));
        return init.IsAlive ? init : null;
    }

    private async Task<ProbedTier> TierAsync(Isolation isolation)
    {
        var trying = _tiers.GetOrAdd(isolation, key => new(() => new RuntimeProbe(_options, _mounts.Value).TryAsync(key, CancellationToken.None)));
        var tier = await trying.Value;
        // What a person has mended meanwhile is found without a restart.
        if (tier.Runtime is null)
            _tiers.TryRemove(KeyValuePair.Create(isolation, trying));
        return tier;
    }

    private Task<int> UserNamespaceAsync(int slot) =>
        _userNamespaces.GetOrAdd(slot, key => new(() => UserNamespace.OpenAsync(
            _options.DoorPath, FirstUserOf(key), EngineOptions.UserIdsPerDevice, CancellationToken.None))).Value;

    private async Task<OwnerShift> ShiftAsync(int slot) => new(await UserNamespaceAsync(slot), FirstUserOf(slot));

    private uint FirstUserOf(int slot) => _options.FirstUserId + ((uint)slot * EngineOptions.UserIdsPerDevice);

    private static string DescriptorPath(int descriptor) => string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{descriptor}");

    private static unsafe ulong OpenFilesLimit()
    {
        const int numberOfFiles = 7;
        const ulong most = 65536;
        var limits = stackalloc ulong[2];
        return Libc.GetResourceLimit(numberOfFiles, limits) == 0 ? Math.Min(limits[1], most) : 1024;
    }
}
