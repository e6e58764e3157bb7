namespace Miosa.Mcp.Transports.Stdio;

/// <summary>One line of a stream.</summary>
/// <param name="Bytes">What stands on it; of a line that is too long, only its beginning.</param>
/// <param name="Complete">Whether its end was seen. The last words of a connection that broke are not complete.</param>
/// <param name="TooLong">Whether it went beyond the reader's limit.</param>
internal readonly record struct Line(ReadOnlyMemory<byte> Bytes, bool Complete, bool TooLong);
