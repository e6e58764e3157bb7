namespace Miosa.Mcp.Hosting;

/// <summary>A number that a feature contributes to <c>miosa status</c>, by registering one of these.</summary>
internal sealed record StatusCount(string Name, Func<long> Read);
