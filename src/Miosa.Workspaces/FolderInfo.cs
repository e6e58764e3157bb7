namespace Miosa.Workspaces;

/// <summary>A folder whose files belong to the workspace and are not part of the contract: artifacts, receipts.</summary>
public sealed record FolderInfo
{
    public required string Path { get; init; }
    public bool Exists { get; init; }

    /// <summary>How many files were counted; where <see cref="IsPartial"/>, there are more.</summary>
    public int Files { get; init; }

    public long Bytes { get; init; }
    public bool IsPartial { get; init; }
}
