namespace Miosa.Mcp.Network;

/// <summary>What may be reached was not, before anything was said to the program.</summary>
internal sealed class NotReachedException(string message, Exception? inner = null) : Exception(message, inner);
