namespace Miosa.Devices.Tests.Seccomp;

/// <summary>What the profile promises, asked of a real kernel through a real runtime.</summary>
public abstract class SeccompPromises(ProbedRuntime probed)
{
    private const string NotPermitted = "1", NotImplemented = "38", ProtocolNotSupported = "93", FamilyNotSupported = "97";

    [Theory]
    [InlineData("mount"), InlineData("umount2"), InlineData("pivot_root"), InlineData("open_tree"), InlineData("move_mount")]
    [InlineData("mount_setattr"), InlineData("fsopen"), InlineData("fsconfig"), InlineData("fsmount"), InlineData("fspick")]
    public void Nothing_is_mounted_from_inside(string call) => Refused(call);

    [Theory]
    [InlineData("name_to_handle_at"), InlineData("open_by_handle_at")]
    public void No_file_is_reached_by_a_handle(string call) => Refused(call);

    [Theory]
    [InlineData("fanotify_init"), InlineData("fanotify_mark"), InlineData("quotactl"), InlineData("swapon"), InlineData("swapoff")]
    public void The_machines_file_systems_are_not_administered(string call) => Refused(call);

    [Theory]
    [InlineData("unshare"), InlineData("setns"), InlineData("clone mount namespace"), InlineData("clone cgroup namespace")]
    [InlineData("clone uts namespace"), InlineData("clone ipc namespace"), InlineData("clone user namespace"), InlineData("clone pid namespace")]
    [InlineData("clone network namespace"), InlineData("clone all namespaces"), InlineData("clone user namespace, high bits")]
    public void No_namespace_is_made_or_joined(string call) => Refused(call);

    [Theory]
    [InlineData("sethostname"), InlineData("setdomainname")]
    public void The_name_of_the_machine_stays(string call) => Refused(call);

    [Theory]
    [InlineData("add_key"), InlineData("request_key"), InlineData("keyctl")]
    public void Keyrings_stay_shut(string call) => Refused(call);

    [Theory]
    [InlineData("bpf"), InlineData("perf_event_open"), InlineData("userfaultfd"), InlineData("lookup_dcookie")]
    [InlineData("io_uring_setup"), InlineData("io_uring_enter"), InlineData("io_uring_register")]
    public void Kernel_surfaces_with_a_history_stay_shut(string call) => Refused(call);

    [Theory]
    [InlineData("init_module"), InlineData("finit_module"), InlineData("delete_module"), InlineData("kexec_load"), InlineData("kexec_file_load")]
    [InlineData("reboot"), InlineData("syslog"), InlineData("acct"), InlineData("vhangup"), InlineData("nfsservctl")]
    public void The_machine_itself_is_out_of_reach(string call) => Refused(call);

    [Theory]
    [InlineData("settimeofday"), InlineData("clock_settime"), InlineData("adjtimex"), InlineData("clock_adjtime")]
    public void The_clock_is_not_set(string call) => Refused(call);

    [Theory]
    [InlineData("socket raw ip"), InlineData("socket raw ip, nonblocking"), InlineData("socket raw ip6"), InlineData("socket old packet")]
    public void No_packet_is_made_by_hand(string call) => Refused(call);

    [Theory]
    [InlineData("socket packet"), InlineData("socket packet, high bits"), InlineData("socket alg"), InlineData("socket alg, high bits")]
    [InlineData("socket vsock"), InlineData("socket can"), InlineData("socket ax25"), InlineData("socket xdp")]
    public void Other_socket_families_do_not_exist(string call) => Assert.Equal(FamilyNotSupported, probed.Filtered[call]);

    [Theory]
    [InlineData("socket netlink audit"), InlineData("socket netlink netfilter")]
    public void Netlink_has_routes_only(string call) => Assert.Equal(ProtocolNotSupported, probed.Filtered[call]);

    [Theory]
    [InlineData("ioctl terminal input"), InlineData("ioctl terminal input, high bits"), InlineData("ioctl console"), InlineData("ioctl console, high bits")]
    public void Nobody_types_into_a_terminal_for_its_user(string call) => Refused(call);

    [Theory]
    [InlineData("ioctl btrfs create subvolume"), InlineData("ioctl btrfs create subvolume, high bits"), InlineData("ioctl btrfs make read-only")]
    [InlineData("ioctl btrfs snapshot"), InlineData("ioctl btrfs search"), InlineData("ioctl btrfs of tomorrow"), InlineData("ioctl btrfs reflink of another size")]
    public void The_file_system_of_the_sandboxes_is_not_reached(string call) => Refused(call);

    [Theory]
    [InlineData("personality executable reads"), InlineData("personality svr4")]
    public void Old_binary_formats_stay_away(string call) => Assert.Equal(NotImplemented, probed.Filtered[call]);

    [Theory]
    [InlineData("clone3"), InlineData("a call of tomorrow")]
    public void What_cannot_be_judged_does_not_exist(string call) => Assert.Equal(NotImplemented, probed.Filtered[call]);

    [Theory]
    [InlineData("clone plain"), InlineData("socket unix"), InlineData("socket tcp"), InlineData("socket udp6"), InlineData("socket netlink route")]
    [InlineData("ioctl terminal attributes"), InlineData("ioctl window size"), InlineData("ioctl foreground group"), InlineData("ioctl bytes waiting")]
    [InlineData("ioctl reflink"), InlineData("ioctl reflink range"), InlineData("ioctl deduplicate"), InlineData("ioctl file flags")]
    [InlineData("personality query"), InlineData("personality linux"), InlineData("personality fixed addresses")]
    [InlineData("ptrace"), InlineData("process_vm_readv"), InlineData("memfd_create"), InlineData("landlock_create_ruleset"), InlineData("openat2")]
    [InlineData("chroot")]
    public void What_a_developer_needs_is_as_if_there_were_no_filter(string call) => Assert.Equal(probed.Unfiltered[call], probed.Filtered[call]);

    [Fact]
    public void Programs_of_another_binary_interface_are_killed_at_their_first_call()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && probed.Filtered.ContainsKey("x32 getpid"), "Only x86-64 has two other ones.");

        Assert.Equal("killed 31", probed.Filtered["x32 getpid"]);
        Assert.Equal("killed 31", probed.Filtered["i386 getpid"]);
    }

    [Fact]
    public void Only_the_filter_refused_anything_here() => Assert.DoesNotContain(probed.Unfiltered, call => call.Value is NotPermitted);

    private void Refused(string call) => Assert.Equal(NotPermitted, probed.Filtered[call]);
}

public sealed class CrunSeccompTests(ProbedCrun probed) : SeccompPromises(probed), IClassFixture<ProbedCrun>;

public sealed class RuncSeccompTests(ProbedRunc probed) : SeccompPromises(probed), IClassFixture<ProbedRunc>;
