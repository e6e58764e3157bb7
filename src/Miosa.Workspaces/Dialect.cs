namespace Miosa.Workspaces;

/// <summary>A way in which people already write such folders.</summary>
public enum Dialect
{
    /// <summary>SYSTEM.md, company.yaml, agents/, skills/, runbooks/: ours.</summary>
    Miosa,

    /// <summary>The workspace protocol: the same files with budget, governance, teams, tasks.</summary>
    Canopy,

    /// <summary>Compartments and rich skills.</summary>
    Heuresis,

    /// <summary>COMPANY.md, TEAM.md, AGENTS.md, PROJECT.md, TASK.md.</summary>
    AgentCompanies,

    /// <summary>AGENTS.md with SOUL.md, IDENTITY.md, USER.md.</summary>
    OpenClaw,

    /// <summary>A plain AGENTS.md or CLAUDE.md.</summary>
    AgentsMd,

    /// <summary>Skills where a client keeps them.</summary>
    AgentSkills,
}
