namespace Miosa.Mcp.Files;

/// <summary>Tells an image that models can look at from its first bytes; a name proves nothing.</summary>
internal static class ImageType
{
    public static string? Of(ReadOnlySpan<byte> bytes) => bytes switch
    {
        _ when bytes is [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "image/png",
        _ when bytes is [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        _ when bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8) => "image/gif",
        _ when bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8) => "image/webp",
        _ => null,
    };
}
