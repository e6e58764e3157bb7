using ModelContextProtocol.Protocol;

namespace Miosa.Conformance.Fixtures;

/// <summary>The smallest picture and the smallest sound.</summary>
internal static class Samples
{
    public static ImageContentBlock Image() => ImageContentBlock.FromBytes(
        Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="), "image/png");

    public static AudioContentBlock Audio() => AudioContentBlock.FromBytes(
        Convert.FromBase64String("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="), "audio/wav");

    public static EmbeddedResourceBlock Resource(string uri, string text) => new()
    {
        Resource = new TextResourceContents { Uri = uri, MimeType = "text/plain", Text = text },
    };

    public static TextContentBlock Text(string text) => new() { Text = text };
}
