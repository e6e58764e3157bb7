using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Snapshots;

/// <summary>What became of each fork that was asked for.</summary>
internal sealed record SandboxesForked
{
    /// <summary>All of them began as copies of this.</summary>
    public required string SnapshotId { get; init; }

    public required string NextStep { get; init; }

    public required IReadOnlyList<Fork> Forks { get; init; }

    public IReadOnlyList<ForkFailure> Failed { get; init; } = [];

    public required NotCarried NotCarried { get; init; }

    /// <summary>What this machine does less well than it could; empty where there is nothing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A sandbox that was made.</summary>
internal sealed record Fork(string SandboxId, string Name, SandboxState State, string? Reason);

/// <summary>One that was not.</summary>
internal sealed record ForkFailure(string? Name, string Code, string Message, string NextStep);

/// <summary>What a fork does not get from its source.</summary>
internal sealed record NotCarried
{
    /// <summary>Names of environment variables whose values stayed behind; give them in `env` if they are needed.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    public string Also { get; init; } = "processes, links, metadata, external ids, machine identity";
}
