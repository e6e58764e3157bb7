using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Receipts.Format;

/// <summary>The words and the forms of names, times and texts in a receipt.</summary>
internal static partial class ReceiptWords
{
    public const string Version = "0.5.0";
    public const string CredentialContext = "https://www.w3.org/ns/credentials/v2";
    public const string Context = "https://agentreceipts.ai/context/v2";
    public const string ProofType = "Ed25519Signature2020";
    public const string ProofPurpose = "assertionMethod";
    public const string IdPrefix = "urn:receipt:";

    /// <summary>Custom action types begin with a domain turned around.</summary>
    public const string ActionPrefix = "ai.miosa.";

    public const string DecisionAction = ActionPrefix + "decision";
    public const string RotationAction = "agent.key.rotate";
    public const string ClosingAction = ActionPrefix + "receipts.close";
    public const string Algorithm = "ed25519";

    private const int MostTexts = 16;

    /// <summary>Of a longer text only so much is looked at.</summary>
    private const int MostLooked = 16 * 1024;

    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>RFC 3339 in UTC, to the millisecond.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string NewId(DateTimeOffset now) => IdPrefix + Guid.CreateVersion7(now);

    /// <summary>One name for the action whichever receipt of it is read: decision, beginning and end share their call.</summary>
    public static string ActionId(string callId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(callId), hash);
        return "act_" + new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>How bad it can be, for readers of any product: what spends money is critical, what takes away is high.</summary>
    public static string RiskLevel(ReceiptDraft draft) => draft switch
    {
        _ when draft.Marks.Contains("spend", StringComparer.Ordinal) => "critical",
        { Risk: Risk.Destructive } => "high",
        _ when draft.Marks.Count > 0 => "high",
        { Risk: Risk.Write } => "medium",
        _ => "low",
    };

    /// <summary>A text of bounded length, mended where it reached us broken, in which nothing looks like a secret: whoever wrote it may have been careless.</summary>
    public static string? Fit(string? text, int most)
    {
        if (text is null)
            return null;
        // Secrets first: one that was cut is not known again.
        text = Secret().Replace(Sound(text.Length > MostLooked ? text[..MostLooked] : text), "[redacted]");
        return text.Length > most ? string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1), "…") : text;
    }

    public static IReadOnlyList<string> Fit(IReadOnlyList<string> texts, int most) => [.. texts.Take(MostTexts).Select(text => Fit(text, most)!)];

    /// <summary>Without halves of surrogate pairs: a receipt must be written, whatever reached us.</summary>
    private static string Sound(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else
                return string.Concat(text.EnumerateRunes());
        }
        return text;
    }

    // Keys by the marks that their makers gave them so that they can be found, headers that carry one, and assignments of what is named so.
    [GeneratedRegex(
        @"\b(?:ms[kp]_[a-z]_|mp_|ms_|sk-|sk_live_|rk_live_|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|ASIA|AIza|npm_|pypi-|eyJ[\w-]+\.eyJ)[\w.-]{12,}|\bBearer\s+[\w.~+/=-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:password|passwd|secret|token|api[_-]?key)\s*[=:]\s*\S+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Secret();
}
