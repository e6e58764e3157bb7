using System.Security.Cryptography;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Previews;

/// <summary>The key that tokens and cookies are signed with. It stays in the home, so that they outlive the host.</summary>
internal sealed class PreviewKey(MiosaHome home)
{
    private const int Length = 32;
    private readonly Lazy<byte[]> _key = new(() => ReadOrMake(Path.Combine(home.Path, "previews.key")));

    /// <summary>The signature of a text. What it is for goes in as well, so that one kind is never taken for another.</summary>
    public byte[] Sign(string purpose, string text) => HMACSHA256.HashData(_key.Value, System.Text.Encoding.UTF8.GetBytes($"{purpose}\n{text}"));

    private static byte[] ReadOrMake(string file)
    {
        if (!File.Exists(file))
        {
            // A half-written key must never be read as one.
            var next = file + ".new";
            File.Delete(next);
            using (var stream = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            {
                stream.Write(RandomNumberGenerator.GetBytes(Length));
                stream.Flush(flushToDisk: true);
            }
            File.Move(next, file);
        }
        var key = File.ReadAllBytes(file);
        return key.Length is Length ? key : throw new InvalidDataException($"{file} is damaged. Remove it: another is made, and every preview link has to be made anew.");
    }
}
