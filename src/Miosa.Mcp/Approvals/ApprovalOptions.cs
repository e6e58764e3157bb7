using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>When a person is asked where no contract says so, how long there is to answer, and where it is told.</summary>
internal sealed class ApprovalOptions : IValidatableObject
{
    public const string Section = "Approvals";

    /// <summary>`auto`, `confirm-risky` or `manual`: for workspaces whose contract says nothing of it, and the loosest for those of which a person accepted nothing.</summary>
    public string Policy { get; set; } = "confirm-risky";

    /// <summary>How long a person has to answer, and how long an approval waits to be used.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Requests of a workspace that may wait at once.</summary>
    [Range(1, 100_000)]
    public int MostPending { get; set; } = 100;

    /// <summary>Of these, those of one asker.</summary>
    [Range(1, 100_000)]
    public int MostPendingOfOne { get; set; } = 20;

    /// <summary>The longest that a standing consent may be given for.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan LongestGrant { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Let the person at the client answer in the client, where it can show a question. Whoever controls the client program
    /// can then answer too.
    /// </summary>
    public bool AskThroughClient { get; set; }

    /// <summary>How long answered requests, and grants that ended, are kept.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan Kept { get; set; } = TimeSpan.FromDays(30);

    public WebhookOptions Webhook { get; set; } = new();

    public ApprovalMode Mode => Parse(Policy);

    public static ApprovalMode Parse(string? text) => text switch
    {
        "auto" => ApprovalMode.Auto,
        "confirm-risky" => ApprovalMode.ConfirmRisky,
        "manual" => ApprovalMode.Manual,
        _ => ApprovalMode.Unknown,
    };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Mode is ApprovalMode.Unknown)
            yield return new ValidationResult($"{Section}:Policy is `{Policy}`; it takes auto, confirm-risky or manual.");
        if (Webhook.Url is { } url && (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.UserInfo.Length > 0))
            yield return new ValidationResult($"{Section}:Webhook:Url takes an http or https address without a name or password in it.");
        if (Webhook.Url is not null && Webhook.SecretFile is null)
            yield return new ValidationResult($"{Section}:Webhook:SecretFile is missing: nothing is sent unsigned.");
    }
}

/// <summary>Where approvals are told to another program.</summary>
internal sealed class WebhookOptions
{
    public string? Url { get; set; }

    /// <summary>A file whose text, without the white space around it, signs what is sent.</summary>
    public string? SecretFile { get; set; }

    /// <summary>Whether it may lie on this machine or in a private network.</summary>
    public bool AllowPrivate { get; set; }
}

[OptionsValidator]
internal sealed partial class ApprovalOptionsValidator : IValidateOptions<ApprovalOptions>;
