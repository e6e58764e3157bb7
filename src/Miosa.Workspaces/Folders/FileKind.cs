namespace Miosa.Workspaces.Folders;

/// <summary>What a file is to the contract, by its place and name.</summary>
internal enum FileKind
{
    /// <summary>SYSTEM.md.</summary>
    Boot,

    /// <summary>company.yaml.</summary>
    Company,

    /// <summary>COMPANY.md of Agent Companies.</summary>
    CompanyPackage,

    /// <summary>.paperclip.yaml, what that package says about one platform.</summary>
    Sidecar,

    /// <summary>paperclip.manifest.yaml.</summary>
    Triggers,
    Agent,
    Skill,

    /// <summary>A skill that is a file where a folder should be.</summary>
    LooseSkill,
    Runbook,
    Team,
    Project,
    Task,
    Instruction,
}
