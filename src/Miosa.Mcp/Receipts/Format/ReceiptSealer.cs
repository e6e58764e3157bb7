using System.Buffers;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts.Signing;

namespace Miosa.Mcp.Receipts.Format;

/// <summary>
/// Writes receipts in the Agent Receipt format v0.5.0 and signs them. They are written canonically from the start, so
/// the bytes that are signed are those that are stored, but for the proof among them. Not safe for two threads.
/// </summary>
internal sealed class ReceiptSealer
{
    private const int LongestName = 200;
    private const int LongestReason = 300;
    private const int LongestDisclosed = 1_000;
    private const int MostDisclosed = 16;
    private readonly ArrayBufferWriter<byte> _head = new(4096);
    private readonly ArrayBufferWriter<byte> _tail = new(128);
    private readonly ArrayBufferWriter<byte> _signed = new(4096);

    /// <param name="draft">What it says.</param>
    /// <param name="link">Where it hangs.</param>
    /// <param name="issuer">The key that began the chain; its name is the chain's issuer for good.</param>
    /// <param name="key">The key that signs now.</param>
    /// <param name="next">For a rotation: the key that signs from the next one on.</param>
    /// <param name="now">When it is issued.</param>
    public SealedReceipt Seal(ReceiptDraft draft, ReceiptLink link, PublicKey issuer, SigningKey key, PublicKey? next, DateTimeOffset now)
    {
        var id = ReceiptWords.NewId(now);
        var issued = ReceiptWords.Time(now);
        _head.ResetWrittenCount();
        _tail.ResetWrittenCount();
        _signed.ResetWrittenCount();

        var head = new CanonicalWriter(_head);
        head.Begin();
        head.Texts("@context", [ReceiptWords.CredentialContext, ReceiptWords.Context]);
        WriteSubject(head, draft, link, key.Public, next);
        head.Text("id", id);
        head.Text("issuanceDate", issued);
        WriteIssuer(head, draft, issuer);
        _tail.Write(",\"type\":[\"VerifiableCredential\",\"AgentReceipt\"],\"version\":\"0.5.0\"}"u8);
        _signed.Write(_head.WrittenSpan);
        _signed.Write(_tail.WrittenSpan);

        head.Begin("proof");
        head.Text("created", issued);
        head.Text("proofPurpose", ReceiptWords.ProofPurpose);
        head.Text("proofValue", key.Sign(_signed.WrittenSpan));
        head.Text("type", ReceiptWords.ProofType);
        head.Text("verificationMethod", key.Public.Method);
        head.End();
        var receipt = new Receipt { Id = id, ChainId = link.ChainId, Sequence = link.Sequence, Hash = CanonicalJson.Hash(_signed.WrittenSpan) };
        return new SealedReceipt(receipt, draft, now, [.. _head.WrittenSpan, .. _tail.WrittenSpan]);
    }

    private static void WriteSubject(CanonicalWriter writer, ReceiptDraft draft, ReceiptLink link, PublicKey key, PublicKey? next)
    {
        writer.Begin("credentialSubject");
        WriteAction(writer, draft);
        WriteAuthorization(writer, draft);
        writer.Begin("chain");
        writer.Text("chain_id", link.ChainId);
        writer.TextOrNull("previous_receipt_hash", link.Previous);
        writer.Number("sequence", link.Sequence);
        if (draft.Kind is ReceiptKind.Closed)
        {
            writer.Text("status", "complete");
            writer.True("terminal");
        }
        writer.End();
        writer.Text("correlation_id", ReceiptWords.Fit(draft.CallId, LongestName));
        if (next is not null)
            WriteRotation(writer, key, next);
        writer.Begin("outcome");
        writer.Text("error", ReceiptWords.Fit(Error(draft), LongestName));
        writer.Text("response_hash", draft.ResultHash);
        writer.Text("status", Status(draft));
        writer.End();
        writer.Begin("principal");
        writer.Text("id", ReceiptWords.Fit(draft.Principal, LongestName));
        writer.End();
        writer.End();
    }

    private static void WriteAction(CanonicalWriter writer, ReceiptDraft draft)
    {
        writer.Begin("action");
        writer.Text("id", ReceiptWords.ActionId(draft.CallId));
        if (draft.Disclosure is { Count: > 0 } disclosure)
        {
            writer.Begin("parameters_disclosure");
            // In order as they are written, not as they came: what was mended may stand elsewhere.
            foreach (var (name, value) in disclosure.Take(MostDisclosed).Select(pair => (Name: ReceiptWords.Fit(pair.Key, LongestName)!, pair.Value))
                .DistinctBy(pair => pair.Name, StringComparer.Ordinal).OrderBy(pair => pair.Name, StringComparer.Ordinal))
                writer.Text(name, ReceiptWords.Fit(value, LongestDisclosed));
            writer.End();
        }
        writer.Text("parameters_hash", draft.ParametersHash);
        writer.Text("risk_level", ReceiptWords.RiskLevel(draft));
        writer.Begin("target");
        writer.Text("resource", ReceiptWords.Fit(draft.Device ?? draft.Capability, LongestName));
        writer.Text("system", "miosa");
        writer.End();
        writer.Text("timestamp", ReceiptWords.Time(draft.StartedAt));
        writer.Text("type", ActionType(draft));
        writer.End();
    }

    private static void WriteAuthorization(CanonicalWriter writer, ReceiptDraft draft)
    {
        if ((draft.GrantId is null && draft.ApprovalId is null) || draft.ApprovedAt is not { } approvedAt)
            return;
        writer.Begin("authorization");
        writer.Text("grant_ref", ReceiptWords.Fit(draft.GrantId ?? draft.ApprovalId, LongestName));
        writer.Text("granted_at", ReceiptWords.Time(approvedAt));
        writer.Texts("scopes", [ReceiptWords.Fit(draft.Capability, LongestName)!]);
        writer.End();
    }

    private static void WriteRotation(CanonicalWriter writer, PublicKey key, PublicKey next)
    {
        writer.Begin("keyRotation");
        writer.Text("event_type", "key_rotated");
        writer.Text("new_algorithm", ReceiptWords.Algorithm);
        writer.Text("new_key_fingerprint", next.Fingerprint);
        writer.Text("new_public_key", next.Multibase);
        writer.Text("old_algorithm", ReceiptWords.Algorithm);
        writer.Text("old_key_fingerprint", key.Fingerprint);
        writer.Text("signed_with", "old");
        writer.End();
    }

    /// <summary>What the format has no word for stands where it leaves room for the runtime.</summary>
    private static void WriteIssuer(CanonicalWriter writer, ReceiptDraft draft, PublicKey issuer)
    {
        writer.Begin("issuer");
        writer.Text("id", issuer.Did);
        writer.Text("name", "miosa");
        writer.Begin("runtime");
        writer.Text("agent_id", ReceiptWords.Fit(draft.Agent, LongestName));
        writer.Begin("miosa");
        writer.Text("approval_id", ReceiptWords.Fit(draft.ApprovalId, LongestName));
        writer.Text("call_hash", ReceiptWords.Fit(draft.CallHash, LongestName));
        writer.Text("capability", ReceiptWords.Fit(draft.Capability, LongestName));
        writer.Text("capability_fingerprint", ReceiptWords.Fit(draft.CapabilityFingerprint, LongestName));
        writer.Number("capability_version", draft.CapabilityVersion);
        writer.Text("decision", draft.Decision is { } decision ? ReceiptWords.Word(decision) : null);
        writer.Text("device", ReceiptWords.Fit(draft.Device, LongestName));
        writer.Text("ended_at", draft.EndedAt is { } ended ? ReceiptWords.Time(ended) : null);
        writer.Text("grant_id", ReceiptWords.Fit(draft.GrantId, LongestName));
        writer.Text("kind", ReceiptWords.Word(draft.Kind));
        if (draft.Marks.Count > 0)
            writer.Texts("marks", ReceiptWords.Fit(draft.Marks, LongestName));
        writer.Text("policy_version", ReceiptWords.Fit(draft.PolicyVersion, LongestName));
        if (draft.Reasons.Count > 0)
            writer.Texts("reasons", ReceiptWords.Fit(draft.Reasons, LongestReason));
        writer.Text("risk", ReceiptWords.Word(draft.Risk));
        writer.Text("transport", ReceiptWords.Fit(draft.Transport, LongestName));
        writer.Text("workspace", ReceiptWords.Fit(draft.Workspace, LongestName));
        writer.End();
        writer.End();
        writer.Text("type", "AIAgent");
        writer.End();
    }

    // A decision is not the action: who reads only the standard fields must not take an allowed call for one that was made.
    private static string ActionType(ReceiptDraft draft) => draft.Kind switch
    {
        ReceiptKind.Decision => ReceiptWords.DecisionAction,
        ReceiptKind.KeyRotated => ReceiptWords.RotationAction,
        ReceiptKind.Closed => ReceiptWords.ClosingAction,
        _ => ReceiptWords.ActionPrefix + ReceiptWords.Fit(draft.Capability, LongestName),
    };

    private static string Status(ReceiptDraft draft) => draft switch
    {
        { Kind: ReceiptKind.Started } or { Kind: ReceiptKind.Decision, Decision: ReceiptDecision.Pending } => "pending",
        { Kind: ReceiptKind.Failed or ReceiptKind.Interrupted } or { Kind: ReceiptKind.Decision, Decision: ReceiptDecision.Deny } => "failure",
        _ => "success",
    };

    private static string? Error(ReceiptDraft draft) => Status(draft) is not "failure" ? null : draft.ErrorCode ?? draft.Kind switch
    {
        ReceiptKind.Interrupted => "INTERRUPTED",
        ReceiptKind.Decision => "DENIED",
        _ => "FAILED",
    };
}
