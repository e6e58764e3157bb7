namespace Miosa.Mcp.Receipts.Verification;

/// <summary>The first thing that is wrong.</summary>
/// <param name="Kind">What was done to it, as far as that can be seen.</param>
/// <param name="File">The file; null where it is about the whole.</param>
/// <param name="Line">The line in it.</param>
/// <param name="Sequence">The number of the receipt that stands there, or should.</param>
/// <param name="Message">A sentence for people.</param>
internal sealed record ChainBreak(BreakKind Kind, string? File, int? Line, long? Sequence, string Message);
