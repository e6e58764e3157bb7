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
        // Node's own fetch reads them when told to.
        ["NODE_USE_ENV_PROXY"] = "1",
    };

    /// <summary>Every language has its own way to be told whom to trust.</summary>
    private static readonly string[] CertificateVariables =
        ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "CARGO_HTTP_CAINFO"];

    private static readonly Dictionary<string, string> WithCertificates =
        new(Proxy.Concat(CertificateVariables.Select(name => KeyValuePair.Create(name, LocalEngine.CertificatesInside))), StringComparer.Ordinal);

    public static IReadOnlyDictionary<string, string> Of(bool hasCertificates) => hasCertificates ? WithCertificates : Proxy;
}
