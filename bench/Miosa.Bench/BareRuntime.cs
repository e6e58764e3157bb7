using System.Text.Json.Nodes;
using Miosa.Devices.Native;
using Miosa.Devices.Oci;

namespace Miosa.Bench;

/// <summary>
/// The runtime without us: the bundle of a real sandbox, over a copy of its system, run and entered by the same
/// program with nothing around it. What we add is measured against this.
/// </summary>
internal sealed class BareRuntime(string runtimePath, string sandboxBundle, string rootPath) : IDisposable
{
    private readonly MountThread _mounts = new();
    private readonly string _work = Directory.CreateTempSubdirectory("miosa-bench-").FullName;

    public string Id(int i) => $"bare-{Environment.ProcessId}-{i}";

    /// <summary>Starts a container that only sleeps.</summary>
    public async Task RunAsync(int i)
    {
        var bundle = Directory.CreateDirectory(Path.Combine(_work, Id(i))).FullName;
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(sandboxBundle, "config.json")))!;
        config["root"]!["path"] = rootPath;
        config["process"]!["args"] = new JsonArray("/bin/sleep", "1000");
        config["linux"]!["cgroupsPath"] = $"/miosa/bench/{Id(i)}";
        var mounts = config["mounts"]!.AsArray();
        foreach (var bind in mounts.Where(mount => (string)mount!["type"]! == "bind").ToList())
            mounts.Remove(bind);
        await File.WriteAllTextAsync(Path.Combine(bundle, "config.json"), config.ToJsonString());
        await CallAsync("run", "--detach", "--bundle", bundle, Id(i));
    }

    public Task ExecAsync(int i) => CallAsync("exec", Id(i), "/bin/true");

    public Task DeleteAsync(int i) => CallAsync("delete", "--force", Id(i));

    public void Dispose()
    {
        _mounts.Dispose();
        Directory.Delete(_work, recursive: true);
    }

    private async Task CallAsync(params IReadOnlyList<string> arguments)
    {
        var pid = await _mounts.RunAsync(() => ChildProcess.Start(runtimePath, ["--root", Path.Combine(_work, "runtime"), .. arguments]));
        var code = await ChildProcess.WaitAsync(pid);
        if (code is not 0)
            throw new InvalidOperationException($"{runtimePath} {string.Join(' ', arguments)} ended with {code}.");
    }
}
