namespace Miosa.Mcp.Snapshots;

/// <summary>Which snapshots are kept no longer. Pure: the same rows at the same time have the same answer.</summary>
internal static class SnapshotLimits
{
    /// <summary>When the host forgets it; null if never.</summary>
    public static DateTimeOffset? ExpiresAt(SnapshotRow row, SnapshotOptions limits) =>
        (row.IsAutomatic ? limits.AutomaticAge : limits.Age) is { } age ? row.CreatedAt + age : null;

    /// <summary>Those of one sandbox, given with the latest first, that are too old or too many, and why. Automatic ones never push out a person's.</summary>
    public static IEnumerable<(SnapshotRow Row, string Reason)> Beyond(IReadOnlyList<SnapshotRow> latestFirst, SnapshotOptions limits, DateTimeOffset now)
    {
        foreach (var kind in latestFirst.Where(row => row.State is SnapshotState.Ready).GroupBy(row => row.IsAutomatic))
        {
            var most = kind.Key ? limits.AutomaticCount : limits.Count ?? int.MaxValue;
            foreach (var (i, row) in kind.Index())
            {
                if (ExpiresAt(row, limits) <= now)
                    yield return (row, "Its time was up.");
                else if (i >= most)
                    yield return (row, $"More than {most} of its kind were kept of the sandbox.");
            }
        }
        foreach (var row in latestFirst.Where(row => row.State is SnapshotState.Failed && row.CreatedAt + limits.AutomaticAge <= now))
            yield return (row, "It had failed.");
    }
}
