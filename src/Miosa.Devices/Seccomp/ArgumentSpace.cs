namespace Miosa.Devices.Seccomp;

/// <summary>Splits the values of an argument into tests, for what a filter cannot say in one.</summary>
internal static class ArgumentSpace
{
    /// <summary>
    /// Tests of the low bits that together hold for every value that <paramref name="within"/> holds for, except where
    /// one of <paramref name="excepted"/> does. No value is held by two of them.
    /// An allow list has no "not equal" that ignores the upper half of a register, and the kernel ignores that half:
    /// comparing all 64 bits would let 0x1_0000_5412 through as if it were not 0x5412. So the space is halved
    /// bit by bit, and every half without an excepted value becomes one masked test.
    /// </summary>
    public static IEnumerable<ArgumentTest.Bits> AllBut(ArgumentTest.Bits within, int bits, params IReadOnlyCollection<ArgumentTest.Bits> excepted)
    {
        excepted = [.. excepted.Where(test => ((test.Value ^ within.Value) & test.Mask & within.Mask) == 0)];
        // Bits that every exception looks at come first: the others would double those that do not look at them.
        var common = excepted.Aggregate(ulong.MaxValue, (mask, test) => mask & test.Mask);
        var order = Enumerable.Range(0, bits).Select(bit => 1UL << bit).Where(flag => (within.Mask & flag) == 0)
            .OrderByDescending(flag => (common & flag) != 0).ThenByDescending(flag => flag);
        return Split(within, order.ToArray(), excepted);
    }

    private static IEnumerable<ArgumentTest.Bits> Split(ArgumentTest.Bits part, ReadOnlyMemory<ulong> flags, IReadOnlyCollection<ArgumentTest.Bits> excepted)
    {
        if (excepted.Count == 0)
            return [part];
        // Nothing of it is left where one exception takes all of it.
        if (flags.Length == 0 || excepted.Any(test => (test.Mask & ~part.Mask) == 0))
            return [];

        var flag = flags.Span[0];
        return Half(0).Concat(Half(flag));

        IEnumerable<ArgumentTest.Bits> Half(ulong bit) => Split(
            part with { Mask = part.Mask | flag, Value = part.Value | bit }, flags[1..],
            [.. excepted.Where(test => (test.Mask & flag) == 0 || (test.Value & flag) == bit)]);
    }
}
