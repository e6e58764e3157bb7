namespace Miosa.EndToEnd.Tests.Snapshots;

// The last resort takes seconds for each sandbox, so what is only done often with others is done a few times here; killed hosts
// are tested on them with small trees, beside the engine.

[CollectionDefinition(nameof(OnCopies))]
public sealed class OnCopies : ICollectionFixture<CopyHost>;

[Collection(nameof(OnCopies))]
public sealed class SnapshotTestsOnCopies(CopyHost host) : SnapshotTests(host);

[Collection(nameof(OnCopies))]
public sealed class FullDiskTestsOnCopies(CopyHost host) : FullDiskTests(host);

[Collection(nameof(OnCopies))]
public sealed class PointInTimeTestsOnCopies(CopyHost host) : PointInTimeTests(host)
{
    protected override int Snapshots => 5;
}
