using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Snapshots;

/// <summary>How long snapshots are kept, and whether the host takes some by itself.</summary>
internal sealed class SnapshotOptions
{
    public const string Section = "Snapshots";

    /// <summary>Keep a sandbox's files before a call that takes something away, and say in its answer how to get it back.</summary>
    public bool Checkpoints { get; set; } = true;

    /// <summary>Make such a call also where its files cannot be kept; its answer then says that it cannot be undone.</summary>
    public bool ProceedWithoutCheckpoint { get; set; }

    /// <summary>How long one that the host took is kept.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan AutomaticAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How many that the host took are kept of a sandbox.</summary>
    [Range(1, 1000)]
    public int AutomaticCount { get; set; } = 20;

    /// <summary>How many that the host took are kept in all.</summary>
    [Range(1, 100_000)]
    public int AutomaticMost { get; set; } = 1000;

    /// <summary>How long one that a person took is kept; for good if not set.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan? Age { get; set; }

    /// <summary>How many that a person took are kept of a sandbox, the oldest going first; all if not set.</summary>
    [Range(1, 1000)]
    public int? Count { get; set; }

    /// <summary>The most that a person may have of a sandbox; more are refused.</summary>
    [Range(1, 10_000)]
    public int Most { get; set; } = 500;

    /// <summary>How long a call waits for a snapshot or a restore; then it goes on by itself.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:40")]
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromSeconds(20);
}

[OptionsValidator]
internal sealed partial class SnapshotOptionsValidator : IValidateOptions<SnapshotOptions>;
