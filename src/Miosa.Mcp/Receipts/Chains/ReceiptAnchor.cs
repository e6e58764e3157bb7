using System.Buffers;
using System.Text.Json;
using Miosa.Mcp.Receipts.Format;
using Miosa.Mcp.Receipts.Signing;

namespace Miosa.Mcp.Receipts.Chains;

/// <summary>A signed word that a chain was so long and ended so: kept elsewhere, it shows when the end is cut off later.</summary>
internal sealed record ReceiptAnchor
{
    private const string Type = "miosa.receipt_anchor";

    private static readonly Shape Format = Shapes.Object(
        open: false,
        ("chain_id!", Shapes.Text()), ("head!", Shapes.Text(ReceiptFormat.HashPattern())), ("issued_at!", Shapes.Time), ("sequence!", Shapes.Whole(1)), ("signature!", Shapes.Text()),
        ("type!", Shapes.OneOf(Type)), ("verification_method!", Shapes.Text()));

    public required string ChainId { get; init; }

    public required long Sequence { get; init; }

    /// <summary>The hash of the receipt with that number.</summary>
    public required string Head { get; init; }

    public required string IssuedAt { get; init; }

    public required string VerificationMethod { get; init; }

    public string Signature { get; init; } = "";

    public static ReceiptAnchor Sign(string chainId, long sequence, string head, DateTimeOffset now, SigningKey key)
    {
        var anchor = new ReceiptAnchor { ChainId = chainId, Sequence = sequence, Head = head, IssuedAt = ReceiptWords.Time(now), VerificationMethod = key.Public.Method };
        return anchor with { Signature = key.Sign(anchor.Write(withSignature: false)) };
    }

    /// <summary>The anchor of a line; null where it is none.</summary>
    public static ReceiptAnchor? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = JsonElement.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 4 });
            return Format("anchor", json) is not null ? null : new ReceiptAnchor
            {
                ChainId = json.GetProperty("chain_id").GetString()!,
                Sequence = json.GetProperty("sequence").GetInt64(),
                Head = json.GetProperty("head").GetString()!,
                IssuedAt = json.GetProperty("issued_at").GetString()!,
                VerificationMethod = json.GetProperty("verification_method").GetString()!,
                Signature = json.GetProperty("signature").GetString()!,
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public bool IsSignedBy(PublicKey key) =>
        VerificationMethod == key.Method && PublicKey.SignatureOf(Signature) is { } signature && key.Verify(Write(withSignature: false), signature);

    public byte[] Write(bool withSignature = true)
    {
        var text = new ArrayBufferWriter<byte>(512);
        var writer = new CanonicalWriter(text);
        writer.Begin();
        writer.Text("chain_id", ChainId);
        writer.Text("head", Head);
        writer.Text("issued_at", IssuedAt);
        writer.Number("sequence", Sequence);
        if (withSignature)
            writer.Text("signature", Signature);
        writer.Text("type", Type);
        writer.Text("verification_method", VerificationMethod);
        writer.End();
        return text.WrittenSpan.ToArray();
    }
}
