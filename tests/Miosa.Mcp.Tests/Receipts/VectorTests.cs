using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts.Format;
using Miosa.Mcp.Receipts.Signing;

namespace Miosa.Mcp.Tests.Receipts;

/// <summary>The published vectors of the format.</summary>
public sealed class VectorTests
{
    private const string ValidAction = "act_00000000-0000-4000-8000-000000000001";

    public static TheoryData<string> Hashed => [.. Json("canonicalization_vectors.json")["receipt_hash_vectors"]!.AsArray().Where(vector => vector!["expectedHash"] is not null).Select(vector => (string)vector!["name"]!)];

    public static TheoryData<string> Signed => ["runtimeReceipt", "extendedRuntimeReceipt", "rootAgentReceipt"];

    public static TheoryData<string> Malformed => [.. Json("malformed_vectors.json")["receipts"]!.AsArray().Select(vector => (string)vector!["name"]!)];

    [Theory, MemberData(nameof(Hashed))]
    public void A_receipt_has_the_published_hash(string name)
    {
        var vectors = Json("canonicalization_vectors.json")["receipt_hash_vectors"]!.AsArray();
        JsonNode Find(string wanted) => vectors.Single(vector => (string)vector!["name"]! == wanted)!;
        var expected = (string)Find(name)["expectedHash"]!;
        if (expected.StartsWith("SAME_AS_", StringComparison.Ordinal))
            expected = (string)Find(expected["SAME_AS_".Length..])["expectedHash"]!;
        var receipt = Find(name)["receipt"]!;

        Assert.Equal(expected, ReadReceipt.HashOf(Element(receipt)));
        if (Find(name)["mustContainSubstring"] is { } part)
            Assert.Contains((string)part!, CanonicalJson.Write(Element(receipt)), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Signed))]
    public void A_published_receipt_of_this_version_is_read_hashed_and_verified(string name)
    {
        var vectors = Json("v050_vectors.json");
        var text = Encoding.UTF8.GetBytes(vectors[name]!["receipt"]!.ToJsonString());

        var receipt = ReadReceipt.TryRead(text, out var problem);

        Assert.Equal("", problem);
        Assert.Equal((string)vectors[name]!["expectedReceiptHash"]!, receipt!.Hash);
        Assert.True(receipt.IsSignedBy(PublicKey.FromPem((string)vectors["keys"]!["publicKey"]!)!));
        Assert.False(receipt.IsSignedBy(new PublicKey(Convert.FromHexString("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))));
    }

    [Theory]
    [InlineData("minimal-receipt.json")]
    [InlineData("full-receipt.json")]
    public void Receipts_of_older_versions_are_of_the_format(string name) => Assert.Null(ReceiptFormat.Problem(Element(Json(name))));

    [Theory, MemberData(nameof(Malformed))]
    public void What_every_reader_must_refuse_is_refused(string name)
    {
        var vectors = Json("malformed_vectors.json");
        var receipt = vectors["receipts"]!.AsArray().Single(vector => (string)vector!["name"]! == name)!["receipt"]!;

        Assert.False(Accepts(receipt, (string)vectors["keys"]!["publicKey"]!));
    }

    [Fact]
    public void The_receipt_that_they_were_made_from_is_accepted()
    {
        var vectors = Json("malformed_vectors.json");
        var receipt = vectors["receipts"]!.AsArray().Single(vector => (string)vector!["name"]! == "mutated_action_type")!["receipt"]!;
        receipt["credentialSubject"]!["action"]!["type"] = "filesystem.file.read";

        Assert.True(Accepts(receipt, (string)vectors["keys"]!["publicKey"]!));
    }

    [Fact]
    public void A_chain_whose_link_is_missing_is_refused_for_that()
    {
        var receipts = Json("malformed_vectors.json")["chains"]![0]!["receipts"]!.AsArray();
        var middle = receipts[1]!;
        middle["credentialSubject"]!["action"]!["id"] = ValidAction;

        Assert.Contains("none where there is one", ReceiptFormat.Problem(Element(middle)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"version":"0.6.0"}""", "version")]
    [InlineData("""{"version":"0.4.0"}""", "@context")]
    [InlineData("""{"id":"urn:receipt:1"}""", "receipt.id")]
    [InlineData("""{"more":1}""", "`more`")]
    [InlineData("""{"issuer":{"id":"did:x","more":1}}""", "receipt.issuer")]
    [InlineData("""{"issuanceDate":"yesterday"}""", "issuanceDate")]
    [InlineData("""{"type":["VerifiableCredential"]}""", "receipt.type")]
    public void What_the_format_does_not_allow_is_named(string change, string named)
    {
        var receipt = Json("v050_vectors.json")["rootAgentReceipt"]!["receipt"]!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
            receipt[name] = value!.DeepClone();

        Assert.Contains(named, ReceiptFormat.Problem(Element(receipt)), StringComparison.Ordinal);
    }

    /// <summary>Proof and signature only: the corpus has names of actions that the format would refuse first.</summary>
    private static bool Accepts(JsonNode receipt, string pem)
    {
        var whole = receipt.DeepClone().AsObject();
        whole["credentialSubject"]!["action"]!["id"] = ValidAction;
        if (ReceiptFormat.Problem(Element(whole)) is not null)
            return false;
        var unsigned = receipt.DeepClone().AsObject();
        unsigned.Remove("proof");
        return PublicKey.SignatureOf((string)receipt["proof"]!["proofValue"]!) is { } signature
            && PublicKey.FromPem(pem)!.Verify(Encoding.UTF8.GetBytes(CanonicalJson.Write(Element(unsigned))), signature);
    }

    private static JsonNode Json(string name)
    {
        using var file = typeof(VectorTests).Assembly.GetManifestResourceStream(name)!;
        return JsonNode.Parse(file)!;
    }

    private static JsonElement Element(JsonNode node) => JsonElement.Parse(node.ToJsonString());
}
