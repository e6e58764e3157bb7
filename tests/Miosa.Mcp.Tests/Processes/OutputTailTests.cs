using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Processes;

namespace Miosa.Mcp.Tests.Processes;

public sealed class OutputTailTests
{
    [Fact]
    public void It_holds_the_last_bytes_of_whatever_came_in_whatever_pieces() =>
        Prop.ForAll<byte[][]>(pieces =>
        {
            var tail = new OutputTail(16);
            foreach (var piece in pieces)
                tail.Append(piece);
            var all = pieces.SelectMany(piece => piece).ToArray();
            return tail.Total == all.Length && tail.ToArray().SequenceEqual(all.TakeLast(16));
        }).QuickCheckThrowOnFailure();
}
