using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests;

/// <summary>A home of its own for a host that is to be killed, with the engine, and so the template, of the shared one.</summary>
internal sealed class BorrowedHome : IAsyncDisposable
{
    private BorrowedHome(string path) => Path = path;

    public string Path { get; }

    public static async Task<BorrowedHome> CreateAsync(SharedHost? host = null)
    {
        var path = System.IO.Path.Combine(SharedHost.Homes, Guid.NewGuid().ToString("n")[..8]);
        Directory.CreateDirectory(path);
        File.CreateSymbolicLink(System.IO.Path.Combine(path, "engine"), System.IO.Path.Combine(host?.HomePath ?? SharedHost.Home, "engine"));
        var home = new BorrowedHome(path);
        await home.SetAsync(new { });
        return home;
    }

    /// <summary>Writes the settings that the next host of this home reads. Nobody is there to approve anything, unless they say how.</summary>
    public Task SetAsync(object settings)
    {
        var json = JsonSerializer.SerializeToNode(settings)!.AsObject();
        json.TryAdd("Approvals", new JsonObject { ["Policy"] = "auto" });
        return File.WriteAllTextAsync(System.IO.Path.Combine(Path, "settings.json"), json.ToJsonString());
    }

    /// <summary>Ends the first process of every sandbox of this home, as a reboot would.</summary>
    public void KillSandboxes()
    {
        foreach (var init in Directory.GetFiles(RunDirectory, "init", SearchOption.AllDirectories))
            System.Diagnostics.Process.GetProcessById(int.Parse(File.ReadAllText(init).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)).Kill();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Path, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Where what runs of this home lies.</summary>
    public string RunDirectory => System.IO.Path.Combine("/run/miosa", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path)))[..12]);
}
