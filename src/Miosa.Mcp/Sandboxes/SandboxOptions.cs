using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Sandboxes;

/// <summary>What sandboxes are like when nobody says otherwise, and how many there may be.</summary>
internal sealed class SandboxOptions
{
    public const string Section = "Sandboxes";

    /// <summary>The most that may exist at once, in all workspaces.</summary>
    [Range(1, Devices.EngineOptions.MostDevices - Templates.TemplateOptions.Slots - 1)]
    public int Most { get; set; } = 500;

    /// <summary>How their files are kept: `auto`, `btrfs` or `copy`. What a home has begun with it keeps.</summary>
    [EnumDataType(typeof(Devices.VolumeChoice))]
    public Devices.VolumeChoice Volumes { get; set; } = Devices.VolumeChoice.Auto;

    /// <summary>Below this much free space, in MiB, no sandbox, snapshot or fork is begun.</summary>
    [Range(0, 1 << 30)]
    public int LeastFreeMiB { get; set; } = 1024;

    /// <summary>Build the default template when the host starts for the first time, rather than when the first sandbox is asked for.</summary>
    public bool BuildTemplateAtStart { get; set; } = true;

    /// <summary>How long a call waits for a sandbox that is still being made.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:50")]
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>A sandbox that nobody used for this long is frozen; zero for never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan FreezeAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A sandbox that nobody used for this long is stopped; zero for never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan StopAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long before it sleeps an event says so.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan SleepNotice { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long processes have to end when a sandbox is stopped.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(5);
}

[OptionsValidator]
internal sealed partial class SandboxOptionsValidator : IValidateOptions<SandboxOptions>;
