using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Miosa.Devices.Seccomp;

/// <summary>
/// The system calls a sandbox may make: the `linux.seccomp` section of its bundle. An allow list; what it does not
/// name answers ENOSYS, which makes a C library fall back to what the list does name.
/// </summary>
internal static class SeccompProfile
{
    /// <summary>Every rule, in the order a reader wants them; they never overlap, so the order decides nothing.</summary>
    public static IReadOnlyList<SeccompRule> Rules { get; } =
    [
        new() { Answer = SeccompAnswer.Allow, Syscalls = AllowedSyscalls.All },
        new() { Answer = SeccompAnswer.NotPermitted, Syscalls = RefusedSyscalls.All },
        .. GuardedSyscalls.All,
    ];

    /// <summary>
    /// The section for a machine of this architecture, and for no other: 32-bit x86 and x32 programs are killed at
    /// their first system call. They number their calls anew, and i386's `socketcall` hides the socket family behind a pointer.
    /// </summary>
    public static JsonObject For(Architecture architecture) => new()
    {
        ["defaultAction"] = "SCMP_ACT_ERRNO",
        ["defaultErrnoRet"] = (int)SeccompAnswer.NotImplemented,
        ["architectures"] = new JsonArray(NameOf(architecture)),
        ["syscalls"] = new JsonArray([.. Rules.Select(ToJson)]),
    };

    private static string NameOf(Architecture architecture) => architecture switch
    {
        Architecture.X64 => "SCMP_ARCH_X86_64",
        Architecture.Arm64 => "SCMP_ARCH_AARCH64",
        _ => throw new PlatformNotSupportedException($"Sandboxes run on x86-64 and arm64; this machine is {architecture}."),
    };

    private static JsonObject ToJson(SeccompRule rule)
    {
        var json = new JsonObject { ["names"] = new JsonArray([.. rule.Syscalls.Select(name => JsonValue.Create(name))]) };
        if (rule.Answer is SeccompAnswer.Allow)
        {
            json["action"] = "SCMP_ACT_ALLOW";
        }
        else
        {
            json["action"] = "SCMP_ACT_ERRNO";
            json["errnoRet"] = (int)rule.Answer;
        }

        if (rule.Arguments.Count > 0)
            json["args"] = new JsonArray([.. rule.Arguments.Select(ToJson)]);
        return json;
    }

    // In a masked test the specification calls the mask `value` and the wanted bits `valueTwo`.
    private static JsonObject ToJson(ArgumentTest test) => test switch
    {
        ArgumentTest.Is(var index, var value) => new() { ["index"] = index, ["value"] = value, ["op"] = "SCMP_CMP_EQ" },
        ArgumentTest.Above(var index, var value) => new() { ["index"] = index, ["value"] = value, ["op"] = "SCMP_CMP_GT" },
        ArgumentTest.Bits(var index, var mask, var value) =>
            new() { ["index"] = index, ["value"] = mask, ["valueTwo"] = value, ["op"] = "SCMP_CMP_MASKED_EQ" },
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
