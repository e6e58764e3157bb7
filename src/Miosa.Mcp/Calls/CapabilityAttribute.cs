namespace Miosa.Mcp.Calls;

/// <summary>
/// What a tool does to the world. The one source of its annotations, its place in a toolset, its idempotency and its
/// approval; the host does not start with a tool that lacks it.
/// </summary>
/// <param name="name">The tool's name with dots for underscores, such as `sandbox.exec`.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CapabilityAttribute(string name, Risk risk) : Attribute
{
    public const string DefaultToolset = "default";

    public string Name { get; } = name;

    public Risk Risk { get; } = risk;

    public int Version { get; init; } = 1;

    public ApprovalClass Approval { get; init; } = risk is Risk.Read ? ApprovalClass.Never : ApprovalClass.Policy;

    /// <summary>Done twice it has the effect of once, so it may be run again where its outcome is not known.</summary>
    public bool Idempotent { get; init; }

    /// <summary>It reaches beyond this host.</summary>
    public bool OpenWorld { get; init; }

    /// <summary>It keeps what it takes away by itself, so nothing is kept for it before.</summary>
    public bool KeepsUndo { get; init; }

    public string Toolset { get; init; } = DefaultToolset;

    /// <summary>What every call of it does besides; <see cref="MarkWhenAttribute"/> says what only some do.</summary>
    public Marks Marks { get; init; }

    public CapabilityScope Scope { get; init; } = CapabilityScope.Workspace;

    /// <summary>Which of <see cref="Permissions"/> an agent needs for it; absent means none.</summary>
    public string? Permission { get; init; }

    /// <summary>What a call costs at most, where it spends; not a number where nobody knows, which no limited budget covers.</summary>
    public double CostUsd { get; init; } = double.NaN;

    public bool IsMutation => Risk is not Risk.Read;
}
