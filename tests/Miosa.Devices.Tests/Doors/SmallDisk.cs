namespace Miosa.Devices.Tests.Doors;

/// <summary>A file system of its own that is soon full.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static async Task<SmallDisk> MountAsync(string size)
    {
        var path = Directory.CreateTempSubdirectory("door-sd-").FullName;
        await FileDeleteTests.MountAsync("mount", "-t", "tmpfs", "-o", $"size={size},mode=0755", "tmpfs", path);
        return new SmallDisk(path);
    }

    public Task GrowAsync(string size) => FileDeleteTests.MountAsync("mount", "-o", $"remount,size={size}", Path);

    public void Fill()
    {
        using var filler = File.Create(System.IO.Path.Combine(Path, "filler"));
        try
        {
            while (true)
            {
                filler.Write(new byte[4096]);
                filler.Flush();
            }
        }
        catch (IOException)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await FileDeleteTests.MountAsync("umount", "--lazy", Path);
        Directory.Delete(Path);
    }
}
