using System.Runtime.InteropServices;
using Miosa.Devices.Seccomp;

namespace Miosa.Devices.Tests.Seccomp;

public sealed class SeccompProfileTests
{
    [Fact]
    public void No_system_call_is_listed_twice()
    {
        var everywhere = AllowedSyscalls.All.Concat(RefusedSyscalls.All)
            .Concat(GuardedSyscalls.All.SelectMany(rule => rule.Syscalls).Distinct(StringComparer.Ordinal));

        Assert.Empty(everywhere.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Fact]
    public void Whatever_is_not_named_does_not_exist()
    {
        var profile = SeccompProfile.For(Architecture.X64);

        Assert.Equal("SCMP_ACT_ERRNO", (string?)profile["defaultAction"]);
        Assert.Equal(38, (int?)profile["defaultErrnoRet"]);
    }

    [Theory]
    [InlineData(Architecture.X64, "SCMP_ARCH_X86_64")]
    [InlineData(Architecture.Arm64, "SCMP_ARCH_AARCH64")]
    public void Only_the_machines_own_binary_interface_is_offered(Architecture machine, string expected) =>
        Assert.Equal(expected, (string?)Assert.Single(SeccompProfile.For(machine)["architectures"]!.AsArray()));

    [Fact]
    public void A_machine_that_was_never_tried_gets_no_profile() =>
        Assert.Throws<PlatformNotSupportedException>(() => SeccompProfile.For(Architecture.RiscV64));

    [Theory]
    [InlineData(new ulong[] { 5 })]
    [InlineData(new ulong[] { 0, 255 })]
    [InlineData(new ulong[] { 0x12, 0x1C })]
    public void All_but_some_values_is_exactly_that(ulong[] excepted)
    {
        var tests = ArgumentSpace.AllBut(new(1, 0, 0), bits: 8, [.. excepted.Select(value => new ArgumentTest.Bits(1, 0xFF, value))]).ToList();

        for (var value = 0UL; value < 256; value++)
            Assert.Equal(excepted.Contains(value) ? 0 : 1, tests.Count(test => Holds(test, value)));
    }

    [Theory]
    [InlineData(0x000, 0x000, new ulong[] { 0x0F0, 0x090 }, new ulong[] { 0xFFF, 0x345, 0xFFF, 0x399 })]
    [InlineData(0x0F0, 0x090, new ulong[] { 0xFFF, 0x394 }, new ulong[] { 0xFFF, 0x191, 0xFFF, 0x1A1 })]
    [InlineData(0x00F, 0x00A, new ulong[] { 0xF00, 0x700 }, new ulong[] { 0xF0F, 0x10A })]
    public void All_of_a_pattern_but_some_patterns_is_exactly_that(ulong mask, ulong value, ulong[] first, ulong[] others)
    {
        var within = new ArgumentTest.Bits(1, mask, value);
        ArgumentTest.Bits[] excepted = [.. first.Concat(others).Chunk(2).Select(pair => new ArgumentTest.Bits(1, pair[0], pair[1]))];
        var tests = ArgumentSpace.AllBut(within, bits: 12, excepted).ToList();

        for (var each = 0UL; each < 4096; each++)
            Assert.Equal(Holds(within, each) && !excepted.Any(test => Holds(test, each)) ? 1 : 0, tests.Count(test => Holds(test, each)));
    }

    private static bool Holds(ArgumentTest.Bits test, ulong value) => (value & test.Mask) == test.Value;
}
