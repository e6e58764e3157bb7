namespace Miosa.Mcp.Transports;

/// <summary>
/// The protocol revisions we speak. There are two eras: revisions that begin with <c>initialize</c> and may have a
/// session, and those in which every request speaks for itself.
/// </summary>
internal static class Eras
{
    public const string Stateless = "2026-07-28";

    /// <summary>What a request over HTTP means that names no version: the revision before the header existed.</summary>
    public const string AssumedByHttp = "2025-03-26";

    public static IReadOnlyList<string> Handshake { get; } = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

    public static IReadOnlyList<string> All { get; } = [.. Handshake, Stateless];

    public static bool IsStateless(string? version) => string.Equals(version, Stateless, StringComparison.Ordinal);
}
