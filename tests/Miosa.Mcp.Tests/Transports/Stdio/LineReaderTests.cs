using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Transports.Stdio;

namespace Miosa.Mcp.Tests.Transports.Stdio;

public sealed class LineReaderTests
{
    [Fact]
    public void Every_line_comes_out_as_it_went_in_however_the_stream_is_cut() => Prop.ForAll<string[], byte>((texts, step) =>
    {
        var lines = texts.Where(t => t is not null).Select(t => t.Replace("\n", "", StringComparison.Ordinal)).ToList();
        var bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")));

        return ReadAll(bytes, step % 7 + 1, limit: 1024 * 1024).Select(l => Encoding.UTF8.GetString(l.Bytes.Span)).SequenceEqual(
            lines.Select(l => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(l))), StringComparer.Ordinal);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Only_lines_beyond_the_limit_are_cut() => Prop.ForAll<ushort[], byte>((lengths, step) =>
    {
        const int Limit = 20_000;
        var lines = lengths.Select((length, i) => new string((char)('a' + i % 26), length)).ToList();

        var read = ReadAll(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n"))), step * 97 + 1, Limit);

        return read.Count == lines.Count && read.Zip(lines).All(pair =>
            pair.First.TooLong == pair.Second.Length > Limit
            && Encoding.UTF8.GetString(pair.First.Bytes.Span) == pair.Second[..Math.Min(pair.Second.Length, Limit)]);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_last_words_of_a_broken_stream_are_not_complete()
    {
        var read = ReadAll("one\ntw"u8.ToArray(), 3, 100);

        Assert.Equal([("one", true), ("tw", false)], read.Select(l => (Encoding.UTF8.GetString(l.Bytes.Span), l.Complete)));
    }

    private static List<Line> ReadAll(byte[] bytes, int step, int limit)
    {
        var reader = new LineReader(new Trickle(bytes, step), limit);
        var lines = new List<Line>();

        while (reader.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } line)
            lines.Add(line with { Bytes = line.Bytes.ToArray() });
        return lines;
    }

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(step, buffer.Length)], cancellationToken);
    }
}
