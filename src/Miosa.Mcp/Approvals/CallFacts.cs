namespace Miosa.Mcp.Approvals;

/// <summary>What the host found where a call would act: for the person to see, and to be the same when it is made.</summary>
internal sealed record CallFacts
{
    /// <summary>Stands for the device, whatever its id is reused for.</summary>
    public string? Device { get; init; }

    /// <summary>The hash of a command's directory, user and variables. Their values are not kept here.</summary>
    public string? Environment { get; init; }

    public IReadOnlyList<BoundFile> Files { get; init; } = [];

    /// <summary>Words that may lead to files that cannot be told beforehand.</summary>
    public IReadOnlyList<string> Unbound { get; init; } = [];

    /// <summary>What a person should see before saying yes, in lines.</summary>
    public IReadOnlyList<string> Preview { get; init; } = [];
}

/// <summary>A file as it was when somebody looked.</summary>
internal sealed record BoundFile
{
    public required string Path { get; init; }

    /// <summary>Where it leads, for a link.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>Of its content; null for what has none or more than is read, which is then known by its state.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Inode, size and time of change, or for a directory the hash of its listing.</summary>
    public string? State { get; init; }

    public long Size { get; init; }

    public int Mode { get; init; }

    /// <summary>What a script names to be run by.</summary>
    public string? Interpreter { get; init; }
}
