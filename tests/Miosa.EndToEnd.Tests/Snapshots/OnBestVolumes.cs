namespace Miosa.EndToEnd.Tests.Snapshots;

// On what this machine keeps volumes as by itself: btrfs, where it has it.

public sealed class SnapshotTestsOnBest(SharedHost host) : SnapshotTests(host);

public sealed class ForkTestsOnBest(SharedHost host) : ForkTests(host);

public sealed class CheckpointTestsOnBest(SharedHost host) : CheckpointTests(host);

public sealed class ExportTestsOnBest(SharedHost host) : ExportTests(host);

public sealed class FullDiskTestsOnBest(SharedHost host) : FullDiskTests(host);

public sealed class PointInTimeTestsOnBest(SharedHost host) : PointInTimeTests(host);

public sealed class KilledHostTestsOnBest(SharedHost host) : KilledHostTests(host);
