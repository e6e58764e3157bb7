using System.Globalization;
using Miosa.Devices;

namespace Miosa.Mcp.Network;

/// <summary>The variables by which programs find the proxy, in the spellings that the usual ones read.</summary>
internal static class ProxyEnvironment
{
    private const string OwnNames = "localhost,127.0.0.1,::1";
    private static readonly string Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SandboxProxy.Port}");

    private static readonly Dictionary<string, string> Proxy = new(StringComparer.Ordinal)
    {
        ["HTTP_PROXY"] = Address, ["HTTPS_PROXY"] = Address, ["ALL_PROXY"] = Address, ["NO_PROXY"] = OwnNames,
        // curl and apt read only these.
        ["http_proxy"] = Address, ["https_proxy"] = Address, ["all_proxy"] = Address, ["no_proxy"] = OwnNames,
    };

    /// <summary>
    /// Has Node's own fetch read them too. Every start of Node then takes twice as long and warns on stderr; the flag
    /// against the warning makes older ones refuse to start at all. So only where there is something to fetch.
    /// </summary>
    private static readonly KeyValuePair<string, string> NodeFetch = new("NODE_USE_ENV_PROXY", "1");

    /// <summary>Every language has its own way to be told whom to trust.</summary>
    private static readonly string[] CertificateVariables =
        ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "CARGO_HTTP_CAINFO"];

    private static readonly IReadOnlyList<KeyValuePair<string, string>> Certificates =
        [.. CertificateVariables.Select(name => KeyValuePair.Create(name, LocalEngine.CertificatesInside))];

    /// <param name="leadsOut">Whether anything may be reached by it.</param>
    /// <param name="hasCertificates">Whether the sandbox has those that this machine was given.</param>
    public static IReadOnlyDictionary<string, string> Of(bool leadsOut, bool hasCertificates) => new Dictionary<string, string>(
        [.. Proxy, .. leadsOut ? [NodeFetch] : (KeyValuePair<string, string>[])[], .. hasCertificates ? Certificates : []], StringComparer.Ordinal);
}
