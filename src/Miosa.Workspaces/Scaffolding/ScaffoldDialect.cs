namespace Miosa.Workspaces.Scaffolding;

/// <summary>The forms in which a new company can be written.</summary>
public enum ScaffoldDialect
{
    /// <summary>SYSTEM.md, company.yaml, agents/, skills/, runbooks/.</summary>
    Seed,

    /// <summary>The same with agents in eight sections, workflows and triggers.</summary>
    Canopy,

    /// <summary>COMPANY.md, a folder for each agent and task.</summary>
    AgentCompanies,

    /// <summary>AGENTS.md, SOUL.md, IDENTITY.md, USER.md, TOOLS.md, skills/.</summary>
    OpenClaw,

    /// <summary>One AGENTS.md and .agents/skills/.</summary>
    AgentsMd,
}
