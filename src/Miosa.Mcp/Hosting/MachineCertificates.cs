namespace Miosa.Mcp.Hosting;

/// <summary>
/// The certificate authorities of this machine, where its administrator added some: a company whose gateway looks into
/// TLS has its machines trust it so, and what a sandbox fetches comes through the same gateway.
/// </summary>
internal static class MachineCertificates
{
    private const string Added = "/usr/local/share/ca-certificates";
    private const string All = "/etc/ssl/certs/ca-certificates.crt";

    /// <returns>The file with all of them; null where nobody added any.</returns>
    public static string? Find() =>
        File.Exists(All) && Directory.Exists(Added) && Directory.EnumerateFiles(Added, "*.crt", SearchOption.AllDirectories).Any() ? All : null;
}
