using Miosa.Devices.Volumes;

namespace Miosa.Devices;

/// <summary>A copy of a snapshot, finished or under way, for a restore; it goes if it is not used.</summary>
public sealed class PreparedRestore : IAsyncDisposable
{
    private readonly VolumePool _pool;
    private Task<string>? _copy;

    internal PreparedRestore(VolumePool pool, Task<string>? copy) => (_pool, _copy) = (pool, copy);

    /// <summary>Null where nothing was begun, or it was taken before.</summary>
    internal Task<string>? Take() => Interlocked.Exchange(ref _copy, null);

    public async ValueTask DisposeAsync()
    {
        if (Take() is not { } copy)
            return;
        // Why there is none matters to nobody now.
        await ((Task)copy).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (copy.IsCompletedSuccessfully)
            _pool.ClearLater(await copy);
    }
}
