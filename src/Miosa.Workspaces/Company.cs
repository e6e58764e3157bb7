namespace Miosa.Workspaces;

/// <summary>What the company file says. Where there is none, a company named like the folder, of which nothing else is known.</summary>
public sealed record Company
{
    public required string Name { get; init; }

    /// <summary>The short name: small letters, digits, hyphens.</summary>
    public required string Slug { get; init; }

    public string? Description { get; init; }
    public string? Mission { get; init; }

    /// <summary>How the names of tasks begin, such as `ACME-`.</summary>
    public string? IssuePrefix { get; init; }

    /// <summary>The whole file, also what has a field of its own here: ask by path, `Facts.At("offers.0.price")`.</summary>
    public Fact.Map Facts { get; init; } = Fact.Map.Empty;

    public Budget Budget { get; init; } = Budget.NotSet;
    public Governance Governance { get; init; } = new();
    public ApprovalPolicy Approvals { get; init; } = new();

    /// <summary>Which device agents reach for by default. Null: the file does not say.</summary>
    public PrimaryDevice? PrimaryDevice { get; init; }

    /// <summary>The tools of agents whose own file names none.</summary>
    public ToolRules Tools { get; init; } = ToolRules.NotStated;

    public IReadOnlyList<string> Connectors { get; init; } = [];

    /// <summary>The runtime of agents whose own file names none, such as `claude-code`.</summary>
    public string? Runtime { get; init; }

    public IReadOnlyList<string> Goals { get; init; } = [];
    public IReadOnlyList<Compartment> Compartments { get; init; } = [];

    /// <summary>What an Agent Companies package brings from elsewhere. Nothing of it is fetched here.</summary>
    public IReadOnlyList<PackageSource> Sources { get; init; } = [];

    /// <summary>The file; null where there is none.</summary>
    public string? Path { get; init; }

    /// <summary>Fields that have no place above. They are in <see cref="Facts"/> too.</summary>
    public Fact.Map Extra { get; init; } = Fact.Map.Empty;
}

/// <summary>A weighted part of what is known about a company, as Heuresis keeps it.</summary>
public sealed record Compartment(string Name, decimal? Weight, Fact Value);

/// <summary>Something that an Agent Companies package refers to.</summary>
public sealed record PackageSource
{
    public required string Kind { get; init; }
    public string? Location { get; init; }
    public string? Path { get; init; }
    public string? Commit { get; init; }
    public string? Sha256 { get; init; }
    public string? License { get; init; }
    public string? Usage { get; init; }
}

/// <summary>Who has to agree to what, and what is written down.</summary>
public sealed record Governance
{
    public IReadOnlyList<string> BoardApprovalRequired { get; init; } = [];
    public bool? ImmutableLog { get; init; }
    public IReadOnlyList<string> EscalationChain { get; init; } = [];
    public Fact.Map Extra { get; init; } = Fact.Map.Empty;
}

/// <summary>The machine that agents work on when a task names none.</summary>
public sealed record PrimaryDevice
{
    public required DeviceKind Kind { get; init; }
    public string? Id { get; init; }
    public string? Name { get; init; }

    /// <summary>What a new one starts from.</summary>
    public string? Template { get; init; }

    /// <summary>Which kind to take where the first cannot be had.</summary>
    public DeviceKind? Fallback { get; init; }
}

/// <summary>The kinds of devices, which are never one.</summary>
public enum DeviceKind
{
    Sandbox,
    Computer,
    Local,
}
