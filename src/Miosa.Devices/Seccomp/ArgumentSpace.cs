namespace Miosa.Devices.Seccomp;

/// <summary>Splits the values of an argument into tests, for what a filter cannot say in one.</summary>
internal static class ArgumentSpace
{
    /// <summary>
    /// Tests that together hold for every value except the given ones, looking at the low bits only.
    /// An allow list has no "not equal" that ignores the upper half of a register, and the kernel ignores that half:
    /// comparing all 64 bits would let 0x1_0000_5412 through as if it were not 0x5412. So the space is halved
    /// bit by bit, and every half without an excepted value becomes one masked test.
    /// </summary>
    public static IEnumerable<ArgumentTest> AllBut(int index, int bits, params IReadOnlyCollection<ulong> values) =>
        Split(index, bits, mask: 0, prefix: 0, values);

    private static IEnumerable<ArgumentTest> Split(int index, int bit, ulong mask, ulong prefix, IReadOnlyCollection<ulong> values)
    {
        if (values.Count == 0)
            return [new ArgumentTest.Bits(index, mask, prefix)];
        if (bit == 0)
            return [];

        var flag = 1UL << (bit - 1);
        return Split(index, bit - 1, mask | flag, prefix, [.. values.Where(v => (v & flag) == 0)])
            .Concat(Split(index, bit - 1, mask | flag, prefix | flag, [.. values.Where(v => (v & flag) != 0)]));
    }
}
