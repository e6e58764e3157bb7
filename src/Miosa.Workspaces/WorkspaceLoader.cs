using System.IO.Abstractions;

namespace Miosa.Workspaces;

/// <summary>
/// Reads a contract folder. It takes what it can and tells what it cannot: whatever is in the files, it comes to an
/// end, within bounds, without an exception.
/// </summary>
public sealed class WorkspaceLoader(IFileSystem files, LoadLimits? limits = null)
{
    private readonly LoadLimits _limits = limits ?? new LoadLimits();

    /// <summary>Reads the whole folder.</summary>
    public LoadResult Load(string root, CancellationToken cancellationToken = default) => throw new NotSupportedException($"{files} {_limits} {root} {cancellationToken.IsCancellationRequested}");

    /// <summary>Reads only what changed since.</summary>
    /// <param name="previous">What an earlier load gave.</param>
    /// <param name="changed">Paths of files or folders relative to the root that were written, made or removed. More than changed does no harm.</param>
    public LoadResult Reload(LoadResult previous, IReadOnlyCollection<string> changed, CancellationToken cancellationToken = default) => throw new NotSupportedException($"{previous} {changed.Count} {cancellationToken.IsCancellationRequested}");
}
