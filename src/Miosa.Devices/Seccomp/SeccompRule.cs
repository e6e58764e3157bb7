namespace Miosa.Devices.Seccomp;

/// <summary>What happens to the named system calls when every argument test holds.</summary>
internal sealed record SeccompRule
{
    public required SeccompAnswer Answer { get; init; }

    public required IReadOnlyList<string> Syscalls { get; init; }

    /// <summary>All of them must hold. A filter cannot test one argument twice in one rule: write two rules.</summary>
    public IReadOnlyList<ArgumentTest> Arguments { get; init; } = [];
}

/// <summary>Zero lets the call pass; anything else is the errno the program gets instead.</summary>
internal enum SeccompAnswer
{
    Allow = 0,
    NotPermitted = 1,
    NotImplemented = 38,
    ProtocolNotSupported = 93,
    AddressFamilyNotSupported = 97,
}

/// <summary>A test of one argument of a system call, as the OCI runtime specification spells it.</summary>
internal abstract record ArgumentTest(int Index)
{
    /// <summary>Compares all 64 bits, so garbage in the upper half never slips through an allow rule.</summary>
    public sealed record Is(int Index, ulong Value) : ArgumentTest(Index);

    public sealed record Above(int Index, ulong Value) : ArgumentTest(Index);

    /// <summary>Compares only the bits of the mask: what the kernel itself looks at.</summary>
    public sealed record Bits(int Index, ulong Mask, ulong Value) : ArgumentTest(Index);
}
