using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Miosa.Mcp.Receipts.Signing;

/// <summary>A key as OpenSSL holds it. Safe for many threads.</summary>
internal sealed class EvpKey : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int KeyBytes = 32;
    public const int SignatureBytes = 64;

    private EvpKey(nint key)
        : base(ownsHandle: true)
    {
        SetHandle(key);
        if (IsInvalid)
            throw new CryptographicException("libcrypto does not take this as an Ed25519 key.");
    }

    public static EvpKey Private(ReadOnlySpan<byte> seed) => new(LibCrypto.NewPrivateKey(LibCrypto.Ed25519, 0, Checked(seed), KeyBytes));

    public static EvpKey Public(ReadOnlySpan<byte> key) => new(LibCrypto.NewPublicKey(LibCrypto.Ed25519, 0, Checked(key), KeyBytes));

    public byte[] PublicBytes()
    {
        var bytes = new byte[KeyBytes];
        nuint length = KeyBytes;
        if (LibCrypto.PublicKeyOf(handle, bytes, ref length) is not 1 || length is not KeyBytes)
            throw new CryptographicException("libcrypto gives no public key.");
        return bytes;
    }

    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        var context = NewContext();
        try
        {
            nuint length = SignatureBytes;
            if (LibCrypto.BeginSigning(context, 0, 0, 0, this) is not 1
                || LibCrypto.Sign(context, signature[..SignatureBytes], ref length, message, (nuint)message.Length) is not 1 || length is not SignatureBytes)
                throw new CryptographicException("libcrypto does not sign.");
        }
        finally
        {
            LibCrypto.FreeContext(context);
        }
    }

    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length is not SignatureBytes)
            return false;
        var context = NewContext();
        try
        {
            if (LibCrypto.BeginVerifying(context, 0, 0, 0, this) is not 1)
                throw new CryptographicException("libcrypto does not verify.");
            return LibCrypto.Verify(context, signature, SignatureBytes, message, (nuint)message.Length) is 1;
        }
        finally
        {
            LibCrypto.FreeContext(context);
        }
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeKey(handle);
        return true;
    }

    private static nint NewContext() => LibCrypto.NewContext() is var context and not 0 ? context : throw new CryptographicException("libcrypto has no memory.");

    private static ReadOnlySpan<byte> Checked(ReadOnlySpan<byte> key) =>
        key.Length is KeyBytes ? key : throw new CryptographicException("An Ed25519 key has 32 bytes.");
}
