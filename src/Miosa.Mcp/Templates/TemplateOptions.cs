using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Templates;

/// <summary>How much may be built and kept.</summary>
internal sealed class TemplateOptions
{
    public const string Section = "Templates";

    /// <summary>Slots at the end of the engine's ids that no sandbox has.</summary>
    public const int Slots = 8;

    /// <summary>The most that the callers of one workspace may have made.</summary>
    [Range(0, 1_000)]
    public int Most { get; set; } = 50;

    /// <summary>Builds that go on at once on this host; one workspace has one of them at most.</summary>
    [Range(1, Slots)]
    public int AtOnce { get; set; } = 3;

    /// <summary>After this a build is ended and has failed.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "06:00:00")]
    public TimeSpan LongestBuild { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>The largest archive that is imported.</summary>
    [Range(1L << 20, 64L << 30)]
    public long MostArchiveBytes { get; set; } = 8L << 30;

    /// <summary>How long a call waits for a build before it answers that it goes on.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:50")]
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromSeconds(20);
}

[OptionsValidator]
internal sealed partial class TemplateOptionsValidator : IValidateOptions<TemplateOptions>;
