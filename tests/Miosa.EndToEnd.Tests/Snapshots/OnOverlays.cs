namespace Miosa.EndToEnd.Tests.Snapshots;

[CollectionDefinition(nameof(OnOverlays))]
public sealed class OnOverlays : ICollectionFixture<OverlayHost>;

[Collection(nameof(OnOverlays))]
public sealed class SnapshotTestsOnOverlays(OverlayHost host) : SnapshotTests(host);

[Collection(nameof(OnOverlays))]
public sealed class ForkTestsOnOverlays(OverlayHost host) : ForkTests(host);

[Collection(nameof(OnOverlays))]
public sealed class CheckpointTestsOnOverlays(OverlayHost host) : CheckpointTests(host);

[Collection(nameof(OnOverlays))]
public sealed class ExportTestsOnOverlays(OverlayHost host) : ExportTests(host);

[Collection(nameof(OnOverlays))]
public sealed class FullDiskTestsOnOverlays(OverlayHost host) : FullDiskTests(host);

[Collection(nameof(OnOverlays))]
public sealed class PointInTimeTestsOnOverlays(OverlayHost host) : PointInTimeTests(host)
{
    protected override int Snapshots => 20;
}

[Collection(nameof(OnOverlays))]
public sealed class KilledHostTestsOnOverlays(OverlayHost host) : KilledHostTests(host)
{
    protected override int Kills => 12;
}
