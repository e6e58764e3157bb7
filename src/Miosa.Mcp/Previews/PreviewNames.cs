using System.Globalization;
using System.Security.Cryptography;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Previews;

/// <summary>The host names of previews: `3000-k7…x2.localhost`.</summary>
internal static class PreviewNames
{
    /// <summary>60 bits: nobody meets one by guessing, and two sandboxes never get the same.</summary>
    public const int SlugLength = 12;

    public static string NewSlug() => RandomNumberGenerator.GetString(Ids.Alphabet, SlugLength);

    public static string Label(int port, string slug) => string.Create(CultureInfo.InvariantCulture, $"{port}-{slug}");

    /// <summary>The slug that a label ends with.</summary>
    public static ReadOnlySpan<char> SlugOf(ReadOnlySpan<char> label) => label[^SlugLength..];

    /// <summary>The label that a Host header names; null where it is no name of a preview. The port in it is the visitor's affair.</summary>
    public static string? LabelOf(ReadOnlySpan<char> host, string domain)
    {
        var colon = host.IndexOf(':');
        if (colon >= 0)
        {
            if (host[(colon + 1)..].ContainsAnyExceptInRange('0', '9'))
                return null;
            host = host[..colon];
        }
        var length = host.Length - domain.Length - 1;
        if (length <= SlugLength + 1 || host[length] is not '.' || !host[(length + 1)..].Equals(domain, StringComparison.OrdinalIgnoreCase))
            return null;
        var dash = length - SlugLength - 1;
        if (host[dash] is not '-' || host[0] is '0'
            || !ushort.TryParse(host[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return null;
        return string.Create(length, host[..length], static (label, text) => text.ToLowerInvariant(label));
    }
}
