using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Receipts;

internal sealed class ReceiptOptions
{
    public const string Section = "Receipts";

    /// <summary>Whether a read that is allowed leaves a receipt too. Nobody waits for that one.</summary>
    public bool Reads { get; set; } = true;

    /// <summary>After how many receipts of a chain its end is anchored.</summary>
    [Range(1, 1_000_000)]
    public int AnchorEvery { get; set; } = 1_000;

    /// <summary>How long after a receipt the end of its chain is anchored at the latest.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan AnchorAfter { get; set; } = TimeSpan.FromMinutes(5);
}

[OptionsValidator]
internal sealed partial class ReceiptOptionsValidator : IValidateOptions<ReceiptOptions>;
