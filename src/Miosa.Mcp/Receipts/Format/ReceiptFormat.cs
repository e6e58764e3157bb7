using System.Text.Json;
using System.Text.RegularExpressions;
using static Miosa.Mcp.Receipts.Format.Shapes;

namespace Miosa.Mcp.Receipts.Format;

/// <summary>The Agent Receipt format, all its published versions: what a receipt must have and may have.</summary>
internal static partial class ReceiptFormat
{
    private const string OldContext = "https://agentreceipts.ai/context/v1";
    private static readonly string[] OldVersions = ["0.1.0", "0.2.0", "0.2.1", "0.3.0", "0.4.0"];

    private static readonly Shape Hash = Text(HashPattern());
    private static readonly Shape ReceiptId = Text(IdPattern());
    private static readonly Shape Named = Object(open: false, ("id!", Text()));

    private static readonly Shape Issuer = Object(
        open: false,
        ("id!", Text()), ("type", Text()), ("name", Text()), ("model", Text()), ("session_id", Text()),
        ("operator", Object(open: false, ("id!", Text()), ("name!", Text()))),
        ("runtime", Object(open: true, ("agent_id", Text()), ("agent_type", Text()))));

    private static readonly Shape Disclosure = (at, value) => value.ValueKind is JsonValueKind.Object && value.TryGetProperty("ct", out var text) && text.ValueKind is JsonValueKind.String && value.TryGetProperty("alg", out _)
        ? Envelope!(at, value)
        : Map(at, value);

    private static readonly Shape Envelope = Object(
        open: false,
        ("v!", OneOf("1")), ("alg!", OneOf("hpke-x25519-hkdf-sha256-aes-256-gcm")), ("ct!", Text(CipherPattern())),
        ("recipients!", And(List(1, Object(open: false, ("kid!", Text(1)), ("enc!", Text(EncapsulatedPattern())))), (at, value) => value.GetArrayLength() is 1 ? null : $"{at} names more than one.")));

    private static readonly Shape Action = And(
        Object(
            open: false,
            ("id!", Text(ActionPattern())), ("type!", Text()), ("risk_level!", OneOf("low", "medium", "high", "critical")), ("timestamp!", Time),
            ("target", Object(open: false, ("system", Text()), ("resource", Text()))),
            ("parameters_hash", Hash), ("parameters_disclosure", Disclosure), ("trusted_timestamp", Text()), ("idempotency_key", Text(1)),
            ("peer_credential", Object(open: false, ("platform!", Text()), ("pid!", Whole(long.MinValue)), ("uid", Whole(0)), ("gid", Whole(0)), ("exe_path", Text()))),
            ("emitter_metadata", Object(open: false, ("drop_count", Whole(0))))),
        (at, value) => value.GetProperty("type").ValueEquals("unknown") && !(value.TryGetProperty("target", out var target) && target.TryGetProperty("system", out _))
            ? $"{at} is unknown and does not say of which system." : null);

    private static readonly Shape Outcome = Object(
        open: false,
        ("status!", OneOf("success", "failure", "pending")), ("error", Text()), ("reversible", Truth), ("reversal_method", Text()), ("reversal_window_seconds", Whole(0)),
        ("reversal_of", ReceiptId), ("response_hash", Hash), ("state_change", Object(open: false, ("before_hash!", Hash), ("after_hash!", Hash))));

    private static readonly Shape Chain = And(
        Object(open: false, ("sequence!", Whole(1)), ("previous_receipt_hash!", OrNull(Hash)), ("chain_id!", Text()), ("terminal", True), ("status", OneOf("complete", "interrupted"))),
        (at, value) =>
            value.GetProperty("sequence").GetInt64() is 1 != (value.GetProperty("previous_receipt_hash").ValueKind is JsonValueKind.Null) ? $"{at} names one before it where there is none, or none where there is one."
            : value.TryGetProperty("status", out _) && !value.TryGetProperty("terminal", out _) ? $"{at} says how the chain ended, but it does not end here."
            : null);

    private static readonly Shape Subject = Object(
        open: true,
        ("principal!", Object(open: false, ("id!", Text()), ("type", OneOf("HumanPrincipal", "OrganizationPrincipal")))),
        ("action!", Action), ("outcome!", Outcome), ("chain!", Chain), ("correlation_id", Text(1)),
        ("intent", Object(open: false, ("conversation_hash", Hash), ("prompt_preview", Text()), ("prompt_preview_truncated", Truth), ("reasoning_hash", Hash))),
        ("authorization", Object(open: false, ("scopes!", List(1, Text())), ("granted_at!", Time), ("expires_at", Time), ("grant_ref", Text()))),
        ("delegation", Object(open: false, ("parent_chain_id!", Text()), ("parent_receipt_id!", ReceiptId), ("delegator!", Named))),
        ("keyRotation", Object(
            open: false,
            ("event_type!", OneOf("key_rotated")), ("new_public_key!", Text(MultibasePattern())), ("old_key_fingerprint!", Hash), ("new_key_fingerprint!", Hash),
            ("old_algorithm!", Text(1)), ("new_algorithm!", Text(1)), ("signed_with!", OneOf("old")))));

    private static readonly Shape Proof = Object(
        open: false,
        ("type!", OneOf(ReceiptWords.ProofType)), ("created!", Time), ("verificationMethod!", Text()), ("proofPurpose!", OneOf(ReceiptWords.ProofPurpose)), ("proofValue!", Text(ProofPattern())));

    private static readonly Shape Receipt = And(
        Object(
            open: false,
            ("@context!", List(2, Text())), ("id!", ReceiptId), ("type!", List(2, Text())), ("version!", OneOf([.. OldVersions, ReceiptWords.Version])), ("issuer!", Issuer),
            ("issuanceDate!", Time), ("credentialSubject!", Subject), ("proof!", Proof)),
        (at, value) =>
        {
            var context = value.GetProperty("@context");
            var type = value.GetProperty("type");
            return type.GetArrayLength() is not 2 || !type[0].ValueEquals("VerifiableCredential") || !type[1].ValueEquals("AgentReceipt") ? $"{at}.type is not that of an agent receipt."
                : !context[0].ValueEquals(ReceiptWords.CredentialContext) || !context[1].ValueEquals(value.GetProperty("version").ValueEquals(ReceiptWords.Version) ? ReceiptWords.Context : OldContext)
                    ? $"{at}.@context is not that of its version." : null;
        });

    /// <summary>What is wrong with it, in a sentence; null where nothing is.</summary>
    public static string? Problem(JsonElement receipt) => Receipt("receipt", receipt);

    private static string? Map(string at, JsonElement value) =>
        value.ValueKind is JsonValueKind.Object && value.EnumerateObject().All(property => property.Value.ValueKind is JsonValueKind.String) ? null : $"{at} is no object of texts.";

    [GeneratedRegex(@"^sha256:[0-9a-f]{64}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    internal static partial Regex HashPattern();

    [GeneratedRegex(@"^urn:receipt:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    internal static partial Regex IdPattern();

    [GeneratedRegex(@"^act_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ActionPattern();

    [GeneratedRegex(@"^u[A-Za-z0-9_-]+\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MultibasePattern();

    [GeneratedRegex(@"^u[A-Za-z0-9_-]{86}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ProofPattern();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{43}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EncapsulatedPattern();

    [GeneratedRegex(@"^(?=.{24})(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CipherPattern();
}
