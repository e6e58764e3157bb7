namespace Miosa.Devices.Seccomp;

/// <summary>The calls whose arguments decide.</summary>
internal static class GuardedSyscalls
{
    private const ulong NamespaceFlags = 0x7E02_0000; // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET

    // TIOCSTI types into a terminal as if its user had; TIOCLINUX pastes into the machine's console.
    private static readonly ArgumentTest.Bits[] TerminalIoctls = [Ioctl(0x5412), Ioctl(0x541C)];

    // btrfs lets any user make subvolumes, which the disk limit of the one they lie in does not count, and the owner of
    // a volume's root make it read-only. Of its requests only those remain that every file system has: FICLONE,
    // FICLONERANGE and FIDEDUPERANGE, which share data between files as `cp --reflink` does.
    private static readonly ArgumentTest.Bits BtrfsIoctls = new(1, 0xFF00, 0x9400);
    private static readonly ArgumentTest.Bits[] CloneIoctls = [Ioctl(0x4004_9409), Ioctl(0x4020_940D), Ioctl(0xC018_9436)];

    private const ulong SocketTypeBits = 0xF;

    private const ulong Unix = 1, Inet = 2, Inet6 = 10, Netlink = 16;
    private const ulong Stream = 1, Datagram = 2, Raw = 3, SequencedPacket = 5, Packet = 10;

    public static IReadOnlyList<SeccompRule> All { get; } =
    [
        .. Clone(), .. Ioctls(), .. Personality(), .. LocalSockets(), .. InternetSockets(), .. NetlinkSockets(), .. OtherSockets(),
    ];

    // clone3 hides its flags behind a pointer, where a filter cannot look. Without it glibc takes clone.
    private static IEnumerable<SeccompRule> Clone() =>
    [
        Rule(SeccompAnswer.NotImplemented, "clone3"),
        Rule(SeccompAnswer.Allow, "clone", new ArgumentTest.Bits(0, NamespaceFlags, 0)),
        .. FlagsOf(NamespaceFlags).Select(flag => Rule(SeccompAnswer.NotPermitted, "clone", new ArgumentTest.Bits(0, flag, flag))),
    ];

    private static IEnumerable<SeccompRule> Ioctls() =>
    [
        .. ArgumentSpace.AllBut(new(1, 0, 0), bits: 32, [.. TerminalIoctls, BtrfsIoctls]).Concat(CloneIoctls).Select(test => Rule(SeccompAnswer.Allow, "ioctl", test)),
        .. ArgumentSpace.AllBut(BtrfsIoctls, bits: 32, CloneIoctls).Concat(TerminalIoctls).Select(test => Rule(SeccompAnswer.NotPermitted, "ioctl", test)),
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

    private static ArgumentTest.Bits Ioctl(ulong request) => new(1, uint.MaxValue, request);

    private static IEnumerable<ulong> FlagsOf(ulong mask) =>
        Enumerable.Range(0, 64).Select(bit => 1UL << bit).Where(flag => (mask & flag) != 0);

    private static SeccompRule Rule(SeccompAnswer answer, string syscall, params IReadOnlyList<ArgumentTest> arguments) =>
        new() { Answer = answer, Syscalls = [syscall], Arguments = arguments };
}
