using Miosa.Devices.Native;
using Miosa.Devices.Volumes;

namespace Miosa.Devices.Tests.Volumes;

public sealed class QuotasTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task A_limit_holds_for_what_is_written_in_a_snapshot_whatever_it_shares()
    {
        Assert.SkipUnless(Libc.EffectiveUserId() == 0, "Mounting needs root.");
        await using var disk = await BtrfsDisk.MountAsync();
        var quota = Quotas.Enable(disk.Path);
        var original = Path.Combine(disk.Path, "original");
        var snapshot = Path.Combine(disk.Path, "snapshot");
        Subvolume.Create(original);
        Write(Path.Combine(original, "shared"), 32 * MiB);
        Subvolume.Snapshot(original, snapshot);
        Subvolume.Limit(snapshot, (quota is Quota.Shared ? 33 : 1) * (long)MiB + (8 * MiB));

        Write(Path.Combine(snapshot, "within"), 4 * MiB);
        Assert.Throws<IOException>(() => Write(Path.Combine(snapshot, "beyond"), 16 * MiB));
        Write(Path.Combine(original, "unlimited"), 16 * MiB);
    }

    [Fact]
    public async Task How_a_file_system_counts_stays_as_it_was_first_enabled()
    {
        Assert.SkipUnless(Libc.EffectiveUserId() == 0, "Mounting needs root.");
        await using var disk = await BtrfsDisk.MountAsync();
        await Tool.RunAsync("btrfs", ["quota", "enable", disk.Path], "", "", TestContext.Current.CancellationToken);

        Assert.Equal(Quota.Shared, Quotas.Enable(disk.Path));
        Assert.Equal(Quota.Shared, Quotas.Enable(disk.Path));
    }

    private static void Write(string path, int bytes)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        // Bytes that do not compress, and are on disk when this returns: limits are about those.
        file.Write(System.Security.Cryptography.RandomNumberGenerator.GetBytes(bytes));
        file.Flush(flushToDisk: true);
    }

    /// <summary>A small btrfs of its own, in a file.</summary>
    private sealed class BtrfsDisk : IAsyncDisposable
    {
        private readonly string _directory;

        private BtrfsDisk(string directory)
        {
            _directory = directory;
            Path = System.IO.Path.Combine(directory, "mounted");
        }

        public string Path { get; }

        public static async Task<BtrfsDisk> MountAsync()
        {
            var disk = new BtrfsDisk(Directory.CreateTempSubdirectory("miosa-quotas-").FullName);
            var image = System.IO.Path.Combine(disk._directory, "image");
            await using (var file = File.Create(image))
                file.SetLength(512 * MiB);
            Directory.CreateDirectory(disk.Path);
            await Tool.RunAsync("mkfs.btrfs", ["--quiet", image], "", "", TestContext.Current.CancellationToken);
            await Tool.RunAsync("mount", ["-o", "loop", image, disk.Path], "", "", TestContext.Current.CancellationToken);
            return disk;
        }

        public async ValueTask DisposeAsync()
        {
            await Tool.RunAsync("umount", [Path], "", "", CancellationToken.None);
            Directory.Delete(_directory, recursive: true);
        }
    }
}
