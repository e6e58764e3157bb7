using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts.Signing;

namespace Miosa.Mcp.Receipts.Format;

/// <summary>A receipt that was read: its parts, and the bytes that were signed.</summary>
internal sealed record ReadReceipt
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false, MaxDepth = 32 };

    public required JsonElement Json { get; init; }

    public required string Id { get; init; }

    public required string Issuer { get; init; }

    public required ReceiptLink Link { get; init; }

    public required bool IsTerminal { get; init; }

    /// <summary>`complete` or `interrupted`, where it ends its chain.</summary>
    public required string? Ending { get; init; }

    public required string IssuedAt { get; init; }

    public required string VerificationMethod { get; init; }

    /// <summary>The key that it hands over to; null where it is no rotation.</summary>
    public required JsonElement? Rotation { get; init; }

    public required byte[] Signed { get; init; }

    public required byte[]? Signature { get; init; }

    public required string Hash { get; init; }

    /// <summary>Whether the text is the one canonical way to write it, and the proof says nothing that nobody signed.</summary>
    public required bool IsExact { get; init; }

    public string? Workspace => Runtime("workspace");

    public string? Kind => Runtime("kind");

    /// <summary>Reads a receipt.</summary>
    /// <param name="text">The receipt as JSON.</param>
    /// <param name="problem">What is wrong, where null is given back.</param>
    public static ReadReceipt? TryRead(ReadOnlyMemory<byte> text, out string problem)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            var receipt = document.RootElement.Clone();
            if (ReceiptFormat.Problem(receipt) is { } found)
            {
                problem = found;
                return null;
            }
            problem = "";
            return Of(receipt, text.Span);
        }
        catch (JsonException exception)
        {
            problem = $"It is no JSON: {exception.Message}";
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // What only the canonical form finds, and texts that are no Unicode.
            problem = exception is InvalidOperationException ? "It holds half of a surrogate pair, or bytes that are not UTF-8." : exception.Message;
        }
        return null;
    }

    /// <summary>The hash of a receipt by which the next one names it: without its proof, and without optional fields that are null.</summary>
    public static string HashOf(JsonElement receipt) => CanonicalJson.Hash(Unsigned(WithoutNulls(receipt), new ArrayBufferWriter<byte>(2048)));

    public bool IsSignedBy(PublicKey key) => Signature is not null && key.Verify(Signed, Signature);

    private static ReadReceipt Of(JsonElement receipt, ReadOnlySpan<byte> text)
    {
        var canonical = new ArrayBufferWriter<byte>(text.Length + 16);
        var signed = Unsigned(receipt, canonical).ToArray();
        var subject = receipt.GetProperty("credentialSubject");
        var chain = subject.GetProperty("chain");
        var proof = receipt.GetProperty("proof");
        var issued = receipt.GetProperty("issuanceDate").GetString()!;
        var proofValue = proof.GetProperty("proofValue").GetString()!;
        return new ReadReceipt
        {
            Json = receipt,
            Id = receipt.GetProperty("id").GetString()!,
            Issuer = receipt.GetProperty("issuer").GetProperty("id").GetString()!,
            Link = new ReceiptLink(chain.GetProperty("chain_id").GetString()!, chain.GetProperty("sequence").GetInt64(), chain.GetProperty("previous_receipt_hash").GetString()),
            IsTerminal = chain.TryGetProperty("terminal", out _),
            Ending = !chain.TryGetProperty("terminal", out _) ? null : chain.TryGetProperty("status", out var status) ? status.GetString() : "complete",
            IssuedAt = issued,
            VerificationMethod = proof.GetProperty("verificationMethod").GetString()!,
            Rotation = subject.TryGetProperty("keyRotation", out var rotation) ? rotation : null,
            Signed = signed,
            Signature = PublicKey.SignatureOf(proofValue),
            Hash = CanonicalJson.Hash(signed),
            IsExact = canonical.WrittenSpan.SequenceEqual(text) && proof.GetProperty("created").GetString() == issued,
        };
    }

    /// <summary>Writes it whole, and gives the bytes of it without the proof.</summary>
    private static ReadOnlySpan<byte> Unsigned(JsonElement receipt, ArrayBufferWriter<byte> whole)
    {
        var parts = receipt.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal).ToList();
        var (from, to) = (0, 0);
        whole.Write("{"u8);
        foreach (var (i, part) in parts.Index())
        {
            var start = whole.WrittenCount;
            if (i > 0)
                whole.Write(","u8);
            CanonicalJson.WriteString(part.Name, whole);
            whole.Write(":"u8);
            CanonicalJson.Write(part.Value, whole);
            if (part.Name is "proof")
                (from, to) = (start, whole.WrittenCount);
        }
        whole.Write("}"u8);
        return to > 0 ? (byte[])[.. whole.WrittenSpan[..from], .. whole.WrittenSpan[to..]] : whole.WrittenSpan;
    }

    private static JsonElement WithoutNulls(JsonElement receipt)
    {
        var node = JsonNode.Parse(Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(receipt)))!.AsObject();
        Sweep(node);
        return JsonSerializer.SerializeToElement(node);

        static void Sweep(JsonObject value)
        {
            foreach (var (name, part) in value.ToList())
            {
                if (part is null && name is not "previous_receipt_hash")
                    value.Remove(name);
                else if (part is JsonObject inner)
                    Sweep(inner);
            }
        }
    }

    private string? Runtime(string name) =>
        Json.GetProperty("issuer").TryGetProperty("runtime", out var runtime) && runtime.TryGetProperty("miosa", out var ours) && ours.ValueKind is JsonValueKind.Object
        && ours.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
