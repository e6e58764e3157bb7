using System.Text.Json.Nodes;
using Miosa.Devices.Oci;

namespace Miosa.Devices.Tests.Oci;

public sealed class OciSpecTests
{
    private static readonly OciSpec Spec = new()
    {
        RootPath = "/staged/root",
        Hostname = "box",
        Arguments = ["/run/miosa/door"],
        CgroupPath = "/miosa/home/box",
        HostUserBase = 600_000,
        Seccomp = new JsonObject { ["defaultAction"] = "SCMP_ACT_ERRNO" },
        Limits = CgroupLimits.For(DeviceSize.Find("small")!, new ControllerSet(Memory: true, Swap: true, Processes: true, Cpu: true)),
        OpenFiles = 4096,
        Binds = [new("/machine/door", "/run/miosa/door", ReadOnly: true)],
    };

    private static JsonNode Json(OciSpec spec) => JsonNode.Parse(spec.ToJson().ToJsonString())!;

    [Fact]
    public void Every_namespace_is_its_own()
    {
        var types = Json(Spec)["linux"]!["namespaces"]!.AsArray().Select(entry => (string)entry!["type"]!);

        Assert.Equal(["pid", "network", "ipc", "uts", "mount", "cgroup", "user"], types);
    }

    [Fact]
    public void Root_inside_is_nobody_outside()
    {
        var mapping = Json(Spec)["linux"]!["uidMappings"]![0]!;

        Assert.Equal((0, 600_000, 65536), ((int)mapping["containerID"]!, (int)mapping["hostID"]!, (int)mapping["size"]!));
    }

    [Fact]
    public void No_process_gains_rights_and_none_reaches_mounts_devices_network_or_other_processes()
    {
        var process = Json(Spec)["process"]!;
        var bounding = process["capabilities"]!["bounding"]!.AsArray().Select(name => (string)name!).ToList();

        Assert.True((bool)process["noNewPrivileges"]!);
        Assert.Empty(bounding.Intersect(["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_MKNOD", "CAP_SYS_MODULE", "CAP_BPF", "CAP_DAC_READ_SEARCH", "CAP_SYS_RESOURCE"]));
        Assert.Empty(process["capabilities"]!["ambient"]!.AsArray());
        Assert.Empty(process["capabilities"]!["inheritable"]!.AsArray());
    }

    [Fact]
    public void Nothing_of_the_machine_is_mounted_but_what_is_named()
    {
        var mounts = Json(Spec)["mounts"]!.AsArray();

        Assert.Equal(["/machine/door"], mounts.Where(mount => (string)mount!["type"]! == "bind").Select(mount => (string)mount!["source"]!));
        Assert.DoesNotContain(mounts, mount => (string)mount!["type"]! is "sysfs" or "cgroup" or "cgroup2");
        Assert.All(mounts, mount => Assert.Contains("nosuid", mount!["options"]!.AsArray().Select(option => (string)option!)));
        Assert.Contains("ro", mounts.Single(mount => (string)mount!["destination"]! == "/run/miosa/door")!["options"]!.AsArray().Select(option => (string)option!));
    }

    [Fact]
    public void A_size_becomes_limits_and_swap_is_no_way_around_memory()
    {
        var resources = Json(Spec)["linux"]!["resources"]!;

        Assert.Equal(4L << 30, (long)resources["memory"]!["limit"]!);
        Assert.Equal(4L << 30, (long)resources["memory"]!["swap"]!);
        Assert.Equal(512, (int)resources["pids"]!["limit"]!);
        Assert.Equal(200_000, (int)resources["cpu"]!["quota"]!);
    }

    [Fact]
    public void A_limit_that_the_machine_cannot_keep_is_not_asked_for()
    {
        var resources = Json(Spec with { Limits = CgroupLimits.For(DeviceSize.Find("small")!, ControllerSet.None) })["linux"]!["resources"]!.AsObject();

        Assert.Equal(["devices"], resources.Select(pair => pair.Key));
    }

    [Fact]
    public void What_stays_on_the_machine_is_not_paced_where_the_kernel_is_the_machines_own()
    {
        Assert.Equal("reno", (string)Json(Spec)["linux"]!["sysctl"]!["net.ipv4.tcp_congestion_control"]!);
        Assert.Null(Json(Spec with { HostUserBase = null })["linux"]!["sysctl"]);
    }
}
