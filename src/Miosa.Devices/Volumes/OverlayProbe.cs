using Miosa.Devices.Native;
using Miosa.Devices.Oci;

namespace Miosa.Devices.Volumes;

/// <summary>
/// Whether overlays can be had in a directory, found by making one: it takes a kernel that puts layers with shifted
/// owners over each other (Linux 6.5), and a file system that keeps what an overlay notes (not NFS, and no overlay).
/// </summary>
internal static class OverlayProbe
{
    private const string Remedy = "Use Linux 6.5 or later with overlayfs, and a home on ext4, xfs or btrfs; or set `Sandboxes:Volumes` to `copy`.";

    /// <exception cref="EngineException">They cannot.</exception>
    public static async Task RequireAsync(EngineOptions options, CancellationToken cancellationToken)
    {
        var trial = Path.Combine(options.DataDirectory, $".overlay-{Guid.NewGuid():n}");
        try
        {
            var below = Directory.CreateDirectory(Path.Combine(trial, "below", "directory")).Parent!.FullName;
            await File.WriteAllTextAsync(Path.Combine(below, "directory", "file"), "", cancellationToken);
            var changes = Directory.CreateDirectory(Path.Combine(trial, "changes")).FullName;
            Directory.CreateDirectory(Path.Combine(changes, VolumeView.Upper));
            Directory.CreateDirectory(Path.Combine(changes, VolumeView.Work));
            var userNamespace = await UserNamespace.OpenAsync(options.DoorPath, options.FirstUserId, EngineOptions.UserIdsPerDevice, cancellationToken);
            try
            {
                // Mounted where nobody else sees it, and gone with the thread.
                using var mounts = new MountThread();
                var staged = new StagedMount(new([below], changes), Path.Combine(trial, "seen"), new(userNamespace, options.FirstUserId));
                await mounts.RunAsync(() => Try(staged, changes, options.FirstUserId));
            }
            finally
            {
                _ = Libc.Close(userNamespace);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NativeCallException)
        {
            throw new EngineException($"Overlays cannot be had at {options.DataDirectory}: {exception.Message}", Remedy, exception);
        }
        finally
        {
            if (Directory.Exists(trial))
                Directory.Delete(trial, recursive: true);
        }
    }

    /// <summary>Renaming a directory of a lower layer needs all of it: a note where it came from, and one that it is gone.</summary>
    private static bool Try(StagedMount staged, string changes, uint firstUser)
    {
        staged.Attach();
        var renamed = Path.Combine(staged.Target, "renamed");
        Directory.Move(Path.Combine(staged.Target, "directory"), renamed);
        var owner = Libc.OwnerOf(Path.Combine(renamed, "file")).User;
        var kept = Libc.OwnerOf(Path.Combine(changes, VolumeView.Upper, "renamed")).User;
        return owner == firstUser && kept is 0
            ? true
            : throw new IOException($"owner 0 is seen as {owner} instead of {firstUser}, and kept as {kept}.");
    }
}
