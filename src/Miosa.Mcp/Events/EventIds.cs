using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Events;

/// <summary>
/// Ids of events, each greater than the one before also when two fall into one millisecond or the clock goes back.
/// Not safe for two threads: the journal's writer is one.
/// </summary>
internal sealed class EventIds(TimeProvider time)
{
    private const string Prefix = "evt";
    private static readonly SearchValues<char> Digits = SearchValues.Create(Ids.Alphabet);
    private readonly byte[] _random = new byte[10];
    private long _last;

    public string Next()
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (now > _last)
        {
            _last = now;
            RandomNumberGenerator.Fill(_random);
            // Room to count up in.
            _random[0] &= 0x7F;
        }
        else
        {
            Increment();
        }
        return Ids.Format(Prefix, _last, _random);
    }

    /// <summary>Whether a text is an id, and so a cursor, of this journal.</summary>
    public static bool IsId(string text) =>
        text.Length == Prefix.Length + 1 + Ids.Length && text.StartsWith(Prefix + "_", StringComparison.Ordinal)
        && text.AsSpan(Prefix.Length + 1).IndexOfAnyExcept(Digits) < 0;

    /// <summary>Goes on behind an id that was given out before.</summary>
    public void StartAfter(string id)
    {
        var milliseconds = 0L;
        foreach (var c in id.AsSpan(Prefix.Length + 1, Ids.TimeLength))
            milliseconds = (milliseconds << 5) | (uint)Ids.Alphabet.IndexOf(c, StringComparison.Ordinal);
        // Into the next millisecond: all ids of that one are greater.
        _last = milliseconds + 1;
        Array.Clear(_random);
    }

    private void Increment()
    {
        var low = BinaryPrimitives.ReadUInt64BigEndian(_random.AsSpan(2)) + 1;
        BinaryPrimitives.WriteUInt64BigEndian(_random.AsSpan(2), low);
        if (low is 0)
            BinaryPrimitives.WriteUInt16BigEndian(_random, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(_random) + 1));
    }
}
