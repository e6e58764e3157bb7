using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Previews;

/// <summary>Where previews are seen, by whom, and how much of the host they may take.</summary>
internal sealed class PreviewOptions : IValidatableObject
{
    public const string Section = "Previews";

    /// <summary>The port of those who choose none; where another program has it, the host takes a free one and keeps to it.</summary>
    public const int DefaultPort = 6468;

    /// <summary>Where the edge listens: a port on loopback, or an address with a port.</summary>
    public string? Endpoint { get; set; }

    /// <summary>Allow an address that other machines can reach. Needs TLS.</summary>
    public bool ListenBeyondLoopback { get; set; }

    /// <summary>What host names end with. Every name below it must lead to the edge.</summary>
    [Required, RegularExpression(@"^(?=.{1,180}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$", ErrorMessage = "Previews:Domain is a name in small letters, such as preview.example.com.")]
    public string Domain { get; set; } = "localhost";

    /// <summary>A PEM file with the certificate for `*.` the domain, and those above it.</summary>
    public string? TlsCertificate { get; set; }

    /// <summary>A PEM file with the certificate's key.</summary>
    public string? TlsKey { get; set; }

    /// <summary>Whether a preview may be made that needs no token.</summary>
    public bool AllowPublic { get; set; }

    /// <summary>How long a visitor waits for a sandbox that wakes and for its server to listen.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:50")]
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long a request may go without a byte in either direction. WebSockets have no such limit.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a connection has to send the head of a request.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan HeaderTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections at once. For one more, the one that has waited longest without a request is closed.</summary>
    [Range(16, 100_000)]
    public int Connections { get; set; } = 4096;

    /// <summary>Connections at once from one address beyond loopback.</summary>
    [Range(1, 100_000)]
    public int ConnectionsPerAddress { get; set; } = 256;

    /// <summary>Memory for what those say who have not been let in, all together. Beyond it their connections are closed, the oldest first.</summary>
    [Range(16, 65_536)]
    public int StrangersMiB { get; set; } = 128;

    /// <summary>Requests and WebSockets at once to one preview.</summary>
    [Range(1, 100_000)]
    public int RequestsPerPreview { get; set; } = 512;

    [ValidateObjectMembers]
    public BrandingOptions Branding { get; set; } = new();

    public bool UsesTls => TlsCertificate is not null;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var endpoint = Endpoint is null ? null : HttpEndpoint.TryParse(Endpoint);
        if (Endpoint is not null && endpoint is null)
            yield return new($"Previews:Endpoint '{Endpoint}' is no place to listen. Say a port, address:port, or none.");
        if ((TlsCertificate is null) != (TlsKey is null))
            yield return new("Previews:TlsCertificate and Previews:TlsKey go together.");
        if (endpoint is not { IsOn: true, IsLoopback: false })
            yield break;
        if (!ListenBeyondLoopback)
            yield return new($"Previews:Endpoint {endpoint} can be reached from other machines. Set Previews:ListenBeyondLoopback, with a certificate, if that is what you want.");
        if (!UsesTls)
            yield return new("Beyond loopback the edge speaks only TLS: set Previews:TlsCertificate and Previews:TlsKey.");
    }
}

[OptionsValidator]
internal sealed partial class PreviewOptionsValidator : IValidateOptions<PreviewOptions>;
