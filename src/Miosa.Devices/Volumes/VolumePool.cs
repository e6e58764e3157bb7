using Miosa.Devices.Native;

namespace Miosa.Devices.Volumes;

/// <summary>
/// Where every volume is. What is unfinished lies in the workshop, and so does what is being removed: outside of it a
/// volume appears and goes by one rename, so that a host may be killed at any moment and all that is found is whole.
/// </summary>
internal sealed class VolumePool(EngineOptions options, TimeProvider time)
{
    private const int QuotaExceeded = 122;
    private const int NoSpace = 28;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _mountPoint = DevicePaths.Volumes(options);
    private readonly Lock _gate = new();
    private Task _clearing = Task.CompletedTask;
    private IVolumeBackend? _backend;
    private Workshop? _workshop;

    public VolumeKind Kind => Backend.Kind;

    /// <summary>Whether a copy is of one instant by itself. Where not, nobody may write to the source meanwhile.</summary>
    public bool CopiesAtOnce => Backend.CopiesAtOnce;

    public bool KeepsLimits => Backend.KeepsLimits;

    /// <summary>Why a new home was begun without btrfs; null where it was not, or nobody tried.</summary>
    public EngineException? NoBtrfs { get; private set; }

    private IVolumeBackend Backend => _backend ?? throw new InvalidOperationException("The engine is not open.");

    private Workshop Workshop => _workshop ?? throw new InvalidOperationException("The engine is not open.");

    /// <summary>Puts the volumes in their place and clears what hosts that were killed have left.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_mountPoint);
        var backends = new VolumeBackends(options, time);
        _backend = await backends.OpenAsync(cancellationToken);
        NoBtrfs = backends.NoBtrfs;
        // Files of a sandbox's root belong to the machine's root here, and not to be looked at by its other users.
        File.SetUnixFileMode(_mountPoint, OwnerOnly);
        foreach (var name in DevicePaths.Kinds)
            Directory.CreateDirectory(Path.Combine(_mountPoint, name));
        var workshops = Directory.CreateDirectory(Path.Combine(_mountPoint, "work")).FullName;
        foreach (var abandoned in await Workshop.FindAbandonedAsync(workshops))
            await ClearAsync(abandoned);
        _workshop = Workshop.Open(workshops);
    }

    /// <summary>Makes a directory of volumes by <paramref name="build"/>, whole or not at all.</summary>
    public async Task MakeAsync(string path, Func<string, Task> build)
    {
        var unfinished = Workshop.NewPath();
        Directory.CreateDirectory(unfinished);
        await OrDiskFullAsync(
            async () =>
            {
                await build(unfinished);
                Directory.Move(unfinished, path);
            },
            unfinished);
    }

    /// <summary>Makes a volume by <paramref name="build"/> that is to replace another one. Who does not use it clears it.</summary>
    public async Task<string> PrepareAsync(Func<string, Task> build)
    {
        var prepared = Workshop.NewPath();
        await OrDiskFullAsync(() => build(prepared), prepared);
        return prepared;
    }

    /// <summary>Puts a prepared volume in the place of another one, in one step.</summary>
    public async Task ReplaceAsync(string path, string prepared)
    {
        await OrDiskFullAsync(
            () =>
            {
                Libc.Exchange(prepared, path);
                return Task.CompletedTask;
            },
            prepared);
        ClearLater(prepared);
    }

    public Task CreateAsync(string path, CancellationToken cancellationToken) => Backend.CreateAsync(path, cancellationToken);

    public Task CopyAsync(string source, string path, CancellationToken cancellationToken) => Backend.CopyAsync(source, path, cancellationToken);

    public Task KeepAsync(string source, string path, CancellationToken cancellationToken) => Backend.KeepAsync(source, path, cancellationToken);

    public Task ShareAsync(string path) => Backend.ShareAsync(path);

    public VolumeView View(string path) => Backend.View(path);

    public string OwnFiles(string path) => Backend.OwnFiles(path);

    public void Seal(string path) => Backend.Seal(path);

    /// <summary>Lets <paramref name="bytes"/> be written beyond what <paramref name="source"/> has given.</summary>
    public void Limit(string path, string? source, long bytes) => Backend.Limit(path, source, bytes);

    /// <summary>Removes a volume, or a directory of volumes; what is not there is no error.</summary>
    public async Task RemoveAsync(string path)
    {
        if (!Directory.Exists(path))
            return;
        var grave = Workshop.NewPath();
        Directory.Move(path, grave);
        await ClearAsync(grave);
    }

    /// <summary>Returns when all that was removed so far is off the disk too.</summary>
    public Task ClearedAsync()
    {
        lock (_gate)
            return _clearing;
    }

    public Task<VolumeSpace?> MeasureAsync(string path, CancellationToken cancellationToken) => Backend.MeasureAsync(path, cancellationToken);

    public PoolSpace Space() => new(Backend.FreeBytes(), options.LeastFreeBytes);

    /// <summary>Refuses what is about to be begun where the disk is nearly full already, so that what is there can go on.</summary>
    /// <exception cref="EngineException">There is not enough room.</exception>
    public async Task RequireRoomAsync(string? source, CancellationToken cancellationToken)
    {
        var needed = source is null ? 0 : await Backend.CopyBytesAsync(source, cancellationToken);
        var free = Backend.FreeBytes();
        if (free - needed < options.LeastFreeBytes)
            throw Full($"{free >> 20} MiB are free where the sandboxes are; {(needed + options.LeastFreeBytes) >> 20} MiB are needed for this and to keep what is there going.");
    }

    private async Task OrDiskFullAsync(Func<Task> work, string unfinished)
    {
        try
        {
            await work();
        }
        catch (Exception exception)
        {
            if (Directory.Exists(unfinished))
                await ClearAsync(unfinished);
            // A program says in words why it failed; the disk says it in numbers.
            if (exception is NativeCallException { Errno: NoSpace or QuotaExceeded } || (exception is EngineException && Backend.FreeBytes() < options.LeastFreeBytes))
                throw Full("The disk that holds the sandboxes is full.", exception);
            throw;
        }
    }

    /// <summary>Where removing takes as long as there are files, nobody waits for it.</summary>
    private Task ClearAsync(string path)
    {
        if (Backend.CopiesAtOnce)
            return Backend.RemoveAsync(path);
        ClearLater(path);
        return Task.CompletedTask;
    }

    /// <summary>What lies in the workshop is nobody's any more. One after another, since a disk does not do two faster than one.</summary>
    public void ClearLater(string path)
    {
        lock (_gate)
            _clearing = AfterAsync(_clearing, path);

        async Task AfterAsync(Task before, string next)
        {
            await before;
            try
            {
                await Backend.RemoveAsync(next);
            }
            catch (Exception exception) when (exception is EngineException or IOException or NativeCallException)
            {
                // It stays in the workshop, which the next start clears.
            }
        }
    }

    private static EngineException Full(string message, Exception? inner = null) =>
        new(message, "Destroy sandboxes and snapshots that are not needed, or free space on this machine's disk.", inner) { IsDiskFull = true };
}
