using FsCheck;
using FsCheck.Fluent;

namespace Miosa.Mcp.Tests;

/// <summary>Texts made of what goes wrong: escapes, controls, pairs, halves of pairs, and what JSON writers write as numbers.</summary>
internal static class OddTexts
{
    private static readonly string[] Pieces =
        ["a", "Z", " ", "\n", "\n\n", "\r", "\t", "\b", "\f", "\0", "\u001b", "\u007f", "\u0085", "\"", "\\", "/", "<", "é", "ß", "中", "\u2028", "\ue000", "\ufeff", "\u0378", "😀", "👩‍👩‍👧", "\ud83d", "\ude00", "a line of words\n"];

    /// <summary>Halves of surrogate pairs included, as careless programs print them.</summary>
    public static Arbitrary<string> Any { get; } = Of(Pieces).ToArbitrary();

    /// <summary>Only what Unicode allows.</summary>
    public static Arbitrary<string> Sound { get; } = Of([.. Pieces.Where(piece => piece is not ("\ud83d" or "\ude00"))]).ToArbitrary();

    private static Gen<string> Of(string[] pieces) => Gen.Elements(pieces).ListOf().Select(string.Concat);
}
