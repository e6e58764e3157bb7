using Miosa.Devices.Oci;

namespace Miosa.Devices.Tests.Oci;

public sealed class OciRuntimeTests
{
    [Fact]
    public void A_container_is_started_in_the_background_with_one_socket_handed_through()
    {
        var runtime = new OciRuntime("crun", "/usr/bin/crun", "/run/m/crun", null!);

        Assert.Equal(
            ["--root", "/run/m/crun", "--log", "/run/m/box/log", "run", "--detach", "--pid-file", "/run/m/box/pid", "--bundle", "/run/m/box", "--preserve-fds", "1", "box"],
            runtime.RunArguments("box", "/run/m/box", handsSocket: true));
    }

    [Fact]
    public void Gvisor_uses_the_stack_of_its_own_namespace_and_writes_through_to_the_volume()
    {
        var runtime = new OciRuntime("runsc", "/usr/bin/runsc", "/run/m/runsc", null!);

        Assert.Equal(
            ["--root", "/run/m/runsc", "--log", "/run/m/box/log", "--network=host", "--overlay=false", "run", "--detach", "--pid-file", "/run/m/box/pid", "--bundle", "/run/m/box", "box"],
            runtime.RunArguments("box", "/run/m/box", handsSocket: false));
    }
}
