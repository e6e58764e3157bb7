namespace Miosa.Devices.Seccomp;

/// <summary>The calls whose arguments decide.</summary>
internal static class GuardedSyscalls
{
    private const ulong NamespaceFlags = 0x7E02_0000; // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
    private const ulong TypeIoctlInput = 0x5412; // TIOCSTI: types into a terminal as if its user had
    private const ulong ConsoleIoctl = 0x541C; // TIOCLINUX: pastes into the machine's console

    // BTRFS_IOC_SUBVOL_CREATE, _V2, SNAP_CREATE, _V2: any user may make a subvolume, and the disk limit of the one it
    // lies in does not count it.
    private static readonly ulong[] SubvolumeIoctls = [0x5000_940E, 0x5000_9418, 0x5000_9401, 0x5000_9417];
    private static readonly ulong[] RefusedIoctls = [TypeIoctlInput, ConsoleIoctl, .. SubvolumeIoctls];

    private const ulong SocketTypeBits = 0xF;

    private const ulong Unix = 1, Inet = 2, Inet6 = 10, Netlink = 16;
    private const ulong Stream = 1, Datagram = 2, Raw = 3, SequencedPacket = 5, Packet = 10;

    public static IReadOnlyList<SeccompRule> All { get; } =
    [
        .. Clone(), .. Ioctl(), .. Personality(), .. LocalSockets(), .. InternetSockets(), .. NetlinkSockets(), .. OtherSockets(),
    ];

    // clone3 hides its flags behind a pointer, where a filter cannot look. Without it glibc takes clone.
    private static IEnumerable<SeccompRule> Clone() =>
    [
        Rule(SeccompAnswer.NotImplemented, "clone3"),
        Rule(SeccompAnswer.Allow, "clone", new ArgumentTest.Bits(0, NamespaceFlags, 0)),
        .. FlagsOf(NamespaceFlags).Select(flag => Rule(SeccompAnswer.NotPermitted, "clone", new ArgumentTest.Bits(0, flag, flag))),
    ];

    private static IEnumerable<SeccompRule> Ioctl() =>
    [
        .. ArgumentSpace.AllBut(1, bits: 32, RefusedIoctls).Select(test => Rule(SeccompAnswer.Allow, "ioctl", test)),
        .. RefusedIoctls.Select(request => Rule(SeccompAnswer.NotPermitted, "ioctl", new ArgumentTest.Bits(1, uint.MaxValue, request))),
    ];

    // Linux, Linux with 32-bit names, the old version number of either, a fixed address space (what gdb asks for),
    // and the question which one it is. Others bring back old binary formats or make memory executable unasked.
    private static IEnumerable<SeccompRule> Personality() =>
    [
        .. ((ulong[])[0x0, 0x8, 0x2_0000, 0x2_0008, 0x4_0000, 0xFFFF_FFFF])
            .Select(persona => Rule(SeccompAnswer.Allow, "personality", new ArgumentTest.Is(0, persona))),
    ];

    private static IEnumerable<SeccompRule> LocalSockets() =>
    [
        Rule(SeccompAnswer.Allow, "socket", new ArgumentTest.Is(0, Unix)),
        Rule(SeccompAnswer.Allow, "socketpair", new ArgumentTest.Is(0, Unix)),
    ];

    // Packets of one's own making are refused here and by the missing CAP_NET_RAW.
    private static IEnumerable<SeccompRule> InternetSockets() =>
    [
        .. from family in (ulong[])[Inet, Inet6]
           from type in (ulong[])[Stream, Datagram, SequencedPacket]
           select Rule(SeccompAnswer.Allow, "socket", new ArgumentTest.Is(0, family), new ArgumentTest.Bits(1, SocketTypeBits, type)),
        .. from family in (ulong[])[Inet, Inet6]
           from type in (ulong[])[Raw, Packet]
           select Rule(SeccompAnswer.NotPermitted, "socket", new ArgumentTest.Is(0, family), new ArgumentTest.Bits(1, SocketTypeBits, type)),
    ];

    // NETLINK_ROUTE is how programs list addresses. For the others "no such protocol" is the answer that useradd
    // and passwd take for "this machine keeps no audit log" and go on; "not permitted" would stop them.
    private static IEnumerable<SeccompRule> NetlinkSockets() =>
    [
        Rule(SeccompAnswer.Allow, "socket", new ArgumentTest.Is(0, Netlink), new ArgumentTest.Is(2, 0)),
        Rule(SeccompAnswer.ProtocolNotSupported, "socket", new ArgumentTest.Is(0, Netlink), new ArgumentTest.Above(2, 0)),
    ];

    // AF_PACKET, AF_ALG, AF_VSOCK, Bluetooth, CAN and all the rest: "not supported" is what programs know how to take.
    private static IEnumerable<SeccompRule> OtherSockets() =>
    [
        .. ((ulong[])[0, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15])
            .Select(family => Rule(SeccompAnswer.AddressFamilyNotSupported, "socket", new ArgumentTest.Is(0, family))),
        Rule(SeccompAnswer.AddressFamilyNotSupported, "socket", new ArgumentTest.Above(0, Netlink)),
    ];

    private static IEnumerable<ulong> FlagsOf(ulong mask) =>
        Enumerable.Range(0, 64).Select(bit => 1UL << bit).Where(flag => (mask & flag) != 0);

    private static SeccompRule Rule(SeccompAnswer answer, string syscall, params IReadOnlyList<ArgumentTest> arguments) =>
        new() { Answer = answer, Syscalls = [syscall], Arguments = arguments };
}
