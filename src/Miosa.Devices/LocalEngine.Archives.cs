using System.Collections.Concurrent;
using System.IO.Pipes;
using Miosa.Devices.Oci;
using Miosa.Devices.Volumes;

namespace Miosa.Devices;

/// <summary>Snapshots as files.</summary>
public sealed partial class LocalEngine
{
    private const string NoPrograms = "Install tar, zstd, attr and acl on this machine.";
    private static readonly TimeSpan LookAtDisk = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _archiving = new(EngineOptions.MostArchives);
    private readonly ConcurrentBag<int> _archiveSlots = [.. Enumerable.Range(EngineOptions.FirstArchiveSlot, EngineOptions.MostArchives)];

    /// <summary>
    /// Writes a snapshot as one file that any machine's engine imports: a tar by zstd, with a checksum at its end. What
    /// was written by a call that failed is not such a file.
    /// </summary>
    public async Task ExportSnapshotAsync(string snapshotId, Stream destination, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        var files = _pool.View(SnapshotRoot(snapshotId));
        await InBoxAsync(
            async box =>
            {
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                await using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
                var packing = box.PackAsync(files, pipe.ClientSafePipeHandle, ended.Token);
                await WithAsync(packing, ended, SnapshotArchive.WriteAsync(
                    pipe,
                    async () =>
                    {
                        if (await packing is not 0)
                            throw new EngineException($"The files of the snapshot {snapshotId} could not be packed.", NoPrograms);
                    },
                    destination, cancellationToken));
            },
            cancellationToken);
    }

    /// <summary>Makes a snapshot of an exported file, whole and as it was exported, or not at all. The file is not trusted.</summary>
    /// <exception cref="EngineException">It is damaged, too large, or holds what no sandbox may have.</exception>
    public Task ImportSnapshotAsync(string snapshotId, Stream source, CancellationToken cancellationToken) =>
        ImportSnapshotAsync(snapshotId, source, DeviceSize.All[^1].DiskBytes, cancellationToken);

    internal async Task ImportSnapshotAsync(string snapshotId, Stream source, long mostBytes, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        if (HasSnapshot(snapshotId))
            throw new EngineException($"There is a snapshot {snapshotId} already.", "Import it under another id.");
        await InBoxAsync(
            async box =>
            {
                await _pool.RequireRoomAsync(source: null, cancellationToken);
                await _pool.MakeAsync(DevicePaths.Snapshot(_options, snapshotId), async unfinished =>
                {
                    var root = DevicePaths.Root(unfinished);
                    await _pool.CreateAsync(root, cancellationToken);
                    _pool.Limit(root, source: null, mostBytes);
                    await UnpackAsync(box, root, source, mostBytes, cancellationToken);
                    _pool.Seal(root);
                });
            },
            cancellationToken);
    }

    private async Task UnpackAsync(ArchiveBox box, string root, Stream source, long mostBytes, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var isFull = false;
        await using var pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        // A small file may become a large one, faster than its bytes come.
        await using var watch = _time.CreateTimer(
            _ =>
            {
                if (_pool.Space() is not { } space || space.FreeBytes >= space.LeastFreeBytes)
                    return;
                isFull = true;
                ended.Cancel();
            },
            null, LookAtDisk, LookAtDisk);
        var unpacking = box.UnpackAsync(_pool.View(root), pipe.ClientSafePipeHandle, mostBytes, ended.Token);
        try
        {
            await WithAsync(unpacking, ended, SnapshotArchive.ReadAsync(source, pipe, mostBytes, ended.Token));
            // Its reader ends when there is nothing more to come.
            await pipe.DisposeAsync();
            if (await unpacking is not 0)
                throw new EngineException(
                    $"The file holds more than {mostBytes >> 20} MiB, or what no sandbox may have, such as devices or owners of its own.",
                    $"Import a snapshot that Miosa exported. If it is one: {NoPrograms}");
        }
        catch (OperationCanceledException exception) when (isFull)
        {
            throw new EngineException("The disk became full while the snapshot was imported; nothing of it is kept.", "Free space on this machine's disk.", exception) { IsDiskFull = true };
        }
    }

    /// <summary>Waits for <paramref name="transfer"/>; where it fails, the other side of the pipe is ended too.</summary>
    private static async Task WithAsync(Task<int> box, CancellationTokenSource end, Task transfer)
    {
        try
        {
            await transfer;
        }
        catch
        {
            await end.CancelAsync();
            await box.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
    }

    private async Task InBoxAsync(Func<ArchiveBox, Task> work, CancellationToken cancellationToken)
    {
        var tier = await TierAsync(Isolation.Standard);
        if (tier.Runtime is not { } runtime)
            throw new EngineException("Snapshots are packed and unpacked in a container, and no runtime for isolation `standard` works on this machine.", "`miosa doctor` says what to install or allow.");
        await _archiving.WaitAsync(cancellationToken);
        _ = _archiveSlots.TryTake(out var slot);
        try
        {
            await work(new ArchiveBox(_options, runtime, tier.Controllers, slot, await ShiftAsync(slot)));
        }
        finally
        {
            _archiveSlots.Add(slot);
            _archiving.Release();
        }
    }
}
