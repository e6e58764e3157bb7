using System.Runtime.InteropServices;

namespace Miosa.Mcp.Receipts.Signing;

/// <summary>The few calls of OpenSSL 3 that Ed25519 needs, which .NET does not have. Thin on purpose.</summary>
internal static partial class LibCrypto
{
    public const int Ed25519 = 1087;

    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_private_key")]
    public static partial nint NewPrivateKey(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_public_key")]
    public static partial nint NewPublicKey(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_raw_public_key")]
    public static partial int PublicKeyOf(nint key, Span<byte> bytes, ref nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    public static partial void FreeKey(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    public static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSignInit")]
    public static partial int BeginSigning(nint context, nint keyContext, nint digest, nint engine, EvpKey key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSign")]
    public static partial int Sign(nint context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> message, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyInit")]
    public static partial int BeginVerifying(nint context, nint keyContext, nint digest, nint engine, EvpKey key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerify")]
    public static partial int Verify(nint context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> message, nuint length);
}
