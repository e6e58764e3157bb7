namespace Miosa.Mcp.Hosting;

/// <summary>What <c>miosa serve</c> was asked for.</summary>
internal sealed record ServeOptions
{
    public HttpEndpoint Http { get; init; } = HttpEndpoint.Default;

    public bool ListenBeyondLoopback { get; init; }

    /// <summary>A PEM file with the certificate and those above it.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary>A PEM file with the certificate's key.</summary>
    public string? TlsKey { get; init; }

    /// <summary>Names besides those of loopback under which clients may call: what the Host and Origin headers may say.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    public IReadOnlyList<string> Toolsets { get; init; } = [];

    public bool ReadOnly { get; init; }

    /// <summary>Started by a bridge, with nobody at a terminal to read what it says.</summary>
    public bool Detached { get; init; }

    /// <summary>Why this cannot be served, in words for a person; null when it can.</summary>
    public string? Problem()
    {
        if (!Http.IsOn || Http.IsLoopback)
            return (TlsCertificate is null) == (TlsKey is null) ? null : "--tls-cert and --tls-key go together.";
        if (!ListenBeyondLoopback)
            return $"{Http} can be reached from other machines. Say --listen-beyond-loopback, with --tls-cert and --tls-key, if that is what you want; else choose an address such as {HttpEndpoint.Default}.";
        return TlsCertificate is null || TlsKey is null
            ? "Beyond loopback the host speaks only TLS: give --tls-cert and --tls-key, both PEM files."
            : null;
    }
}
