using System.Globalization;
using System.Text.Json.Nodes;
using Miosa.Devices;
using Miosa.Devices.Native;
using Miosa.Devices.Oci;
using Miosa.Devices.Volumes;

namespace Miosa.Bench;

/// <summary>
/// The runtime without us: the bundle of a real sandbox over a copy of its system, run and entered by the same
/// program with nothing around it, started in the same way. What we add is measured against this.
/// </summary>
internal sealed class BareRuntime : IAsyncDisposable
{
    private readonly MountThread _mounts = new();
    private readonly string _program;
    private readonly JsonNode _config;
    private readonly string _work;
    private readonly IVolumeBackend _volumes;
    private readonly string _system;
    private readonly StagedMount _root;

    private BareRuntime(string program, JsonNode config, string work, IVolumeBackend volumes, string system, StagedMount root)
    {
        _program = program;
        _config = config;
        _work = work;
        _volumes = volumes;
        _system = system;
        _root = root;
    }

    /// <summary>Takes the bundle of a sandbox that runs.</summary>
    public static async Task<BareRuntime> LikeAsync(Sandbox sandbox, EngineOptions engine, CancellationToken cancellationToken)
    {
        var program = ((string[])["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
            .Select(directory => Path.Combine(directory, sandbox.Runtime!)).First(File.Exists);
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(new DevicePaths(engine, sandbox.Id).Bundle, "config.json"), cancellationToken))!;
        var work = Path.Combine(engine.RunDirectory, "bare");
        var system = Path.Combine(DevicePaths.Volumes(engine), string.Create(CultureInfo.InvariantCulture, $"bare-{Environment.ProcessId}"));

        var mapping = config["linux"]!["uidMappings"]![0]!;
        var userNamespace = await UserNamespace.OpenAsync(engine.DoorPath, (uint)mapping["hostID"]!, (uint)mapping["size"]!, cancellationToken);
        // As the host keeps them, which has begun so.
        var volumes = await new VolumeBackends(engine, TimeProvider.System).OpenAsync(cancellationToken);
        await volumes.CopyAsync(DevicePaths.Template(engine, "miosa-sandbox"), system, cancellationToken);
        var root = new StagedMount(volumes.View(system), Path.Combine(work, "root"), new(userNamespace, (uint)mapping["hostID"]!));
        var bare = new BareRuntime(program, config, work, volumes, system, root);
        await bare._mounts.RunAsync(() =>
        {
            root.Attach();
            return 0;
        });
        return bare;
    }

    /// <summary>Writes the bundle of a container that only sleeps.</summary>
    public async Task PrepareAsync(int i)
    {
        var config = _config.DeepClone();
        config["root"]!["path"] = _root.Target;
        config["process"]!["args"] = new JsonArray("/bin/sleep", "1000");
        config["linux"]!["cgroupsPath"] = $"/miosa/bench/{Id(i)}";
        var mounts = config["mounts"]!.AsArray();
        foreach (var bind in mounts.Where(mount => (string?)mount!["type"] is "bind").ToList())
            mounts.Remove(bind);
        await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Bundle(i)).FullName, "config.json"), config.ToJsonString());
    }

    public Task RunAsync(int i) => CallAsync("run", "--detach", "--bundle", Bundle(i), Id(i));

    public async Task ExecAsync(int i)
    {
        try
        {
            await CallAsync("exec", Id(i), "/bin/true");
        }
        catch (InvalidOperationException)
        {
            // With many at once crun now and then may not enter a container that it has just started; the next try may.
            await CallAsync("exec", Id(i), "/bin/true");
        }
    }

    public Task DeleteAsync(int i) => CallAsync("delete", "--force", Id(i));

    public async ValueTask DisposeAsync()
    {
        foreach (var bundle in Directory.GetDirectories(_work, "bare-*"))
            await CallAsync("delete", "--force", Path.GetFileName(bundle));
        await _mounts.RunAsync(() =>
        {
            _root.Detach();
            return 0;
        });
        _ = Libc.Close(_root.Shift!.UserNamespace);
        _mounts.Dispose();
        await _volumes.RemoveAsync(_system);
        Directory.Delete(_work, recursive: true);
    }

    private static string Id(int i) => string.Create(CultureInfo.InvariantCulture, $"bare-{Environment.ProcessId}-{i}");

    private string Bundle(int i) => Path.Combine(_work, Id(i));

    private async Task CallAsync(params IReadOnlyList<string> arguments)
    {
        var log = Path.Combine(_work, "log");
        var pid = await _mounts.RunAsync(() => ChildProcess.Start(_program, ["--root", Path.Combine(_work, "runtime"), "--log", log, .. arguments]));
        var code = await ChildProcess.WaitAsync(pid);
        if (code is not 0)
            throw new InvalidOperationException($"{_program} {string.Join(' ', arguments)} ended with {code}: {await File.ReadAllTextAsync(log)}");
    }
}
