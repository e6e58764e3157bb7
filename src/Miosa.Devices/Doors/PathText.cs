using System.Buffers;
using System.Globalization;
using System.Text;

namespace Miosa.Devices.Doors;

/// <summary>
/// File names are bytes; here they are text. What is not UTF-8, and control characters, are written <c>\xNN</c>, and a
/// backslash that would read as one is itself written <c>\x5c</c>. So every name can be shown, and addressed again.
/// </summary>
public static class PathText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            var valid = Rune.DecodeFromUtf8(bytes, out var rune, out var used) == OperationStatus.Done;
            if (!valid || Rune.IsControl(rune) || (rune.Value == '\\' && IsEscape(bytes)))
            {
                foreach (var one in bytes[..used])
                    text.Append(CultureInfo.InvariantCulture, $"\\x{one:x2}");
            }
            else
            {
                text.Append(rune);
            }

            bytes = bytes[used..];
        }

        return text.ToString();
    }

    /// <exception cref="DoorException">The text cannot be a name: it holds a NUL or half a surrogate pair.</exception>
    public static byte[] ToBytes(string text)
    {
        byte[] bytes;
        try
        {
            bytes = Strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw new DoorException(DoorStage.Request, Errno.EINVAL, "not a text");
        }

        var length = 0;
        for (var at = 0; at < bytes.Length; at++)
        {
            if (bytes[at] == '\\' && IsEscape(bytes.AsSpan(at)))
            {
                bytes[length++] = byte.Parse(bytes.AsSpan(at + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                at += 3;
            }
            else
            {
                bytes[length++] = bytes[at];
            }
        }

        bytes = bytes[..length];
        return bytes.Contains((byte)0) ? throw new DoorException(DoorStage.Request, Errno.EINVAL, "a NUL in a name") : bytes;
    }

    private static bool IsEscape(ReadOnlySpan<byte> at) =>
        at.Length >= 4 && at[1] == 'x' && char.IsAsciiHexDigit((char)at[2]) && char.IsAsciiHexDigit((char)at[3]);
}
