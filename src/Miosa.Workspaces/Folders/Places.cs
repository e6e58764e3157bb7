namespace Miosa.Workspaces.Folders;

/// <summary>Which files and folders mean what.</summary>
internal static class Places
{
    /// <summary>Folders that may be huge and never hold a part of the contract.</summary>
    public static bool IsSkipped(string folder) => folder is "node_modules" or "__pycache__" or "target" or "dist" || folder.StartsWith('.');

    /// <summary>The runtime that a hidden folder belongs to. Null of one that is everybody's or nobody's.</summary>
    public static string? RuntimeOf(string hidden) => hidden switch
    {
        ".claude" => "claude-code",
        ".codex" => "codex",
        ".opencode" => "opencode",
        ".cursor" => "cursor",
        ".gemini" => "gemini-cli",
        ".github" => "copilot",
        ".windsurf" => "windsurf",
        ".qwen" => "qwen-code",
        ".kimi" => "kimi-code",
        ".openclaw" => "openclaw",
        ".agent" => "antigravity",
        ".aider" => "aider",
        ".osa" => "osa",
        _ => null,
    };

    /// <summary>Hidden folders of programs that keep no skills.</summary>
    public static bool IsNoClients(string hidden) => hidden is ".git" or ".canopy" or ".cache" or ".venv" or ".npm" or ".local" or ".config" or ".ssh" or ".vscode" or ".idea" or ".next" or ".build";

    /// <summary>What is at the root by that name.</summary>
    public static (FileKind Kind, InstructionKind Instruction, string? Runtime)? Root(string name) => name.ToUpperInvariant() switch
    {
        "SYSTEM.MD" => (FileKind.Boot, default, null),
        "COMPANY.YAML" or "COMPANY.YML" => (FileKind.Company, default, null),
        "COMPANY.MD" => (FileKind.CompanyPackage, default, null),
        ".PAPERCLIP.YAML" or ".PAPERCLIP.YML" => (FileKind.Sidecar, default, null),
        "PAPERCLIP.MANIFEST.YAML" or "PAPERCLIP.MANIFEST.YML" => (FileKind.Triggers, default, null),
        "AGENTS.MD" or "AGENTS.OVERRIDE.MD" => (FileKind.Instruction, InstructionKind.Boot, null),
        "CLAUDE.MD" or "CLAUDE.LOCAL.MD" => (FileKind.Instruction, InstructionKind.Boot, "claude-code"),
        "GEMINI.MD" => (FileKind.Instruction, InstructionKind.Boot, "gemini-cli"),
        "QWEN.MD" => (FileKind.Instruction, InstructionKind.Boot, "qwen-code"),
        "KIMI.MD" => (FileKind.Instruction, InstructionKind.Boot, "kimi-code"),
        "CONVENTIONS.MD" => (FileKind.Instruction, InstructionKind.Boot, "aider"),
        ".CURSORRULES" => (FileKind.Instruction, InstructionKind.Boot, "cursor"),
        ".WINDSURFRULES" => (FileKind.Instruction, InstructionKind.Boot, "windsurf"),
        "SOUL.MD" or "IDENTITY.MD" => (FileKind.Instruction, InstructionKind.Identity, null),
        "USER.MD" => (FileKind.Instruction, InstructionKind.User, null),
        "TOOLS.MD" => (FileKind.Instruction, InstructionKind.Tools, null),
        "BOOTSTRAP.MD" => (FileKind.Instruction, InstructionKind.Rules, "openclaw"),
        "MEMORY.MD" => (FileKind.Instruction, InstructionKind.Memory, null),
        "HEARTBEAT.MD" => (FileKind.Instruction, InstructionKind.Heartbeat, null),
        "INVARIANTS.MD" => (FileKind.Instruction, InstructionKind.Rules, null),
        "ENCODING.MD" => (FileKind.Instruction, InstructionKind.Reference, null),
        _ => null,
    };

    /// <summary>What the files in a folder of the root are.</summary>
    public static (FileKind Kind, InstructionKind Instruction)? Folder(string name) => name switch
    {
        "agents" => (FileKind.Agent, default),
        "skills" => (FileKind.Skill, default),
        "runbooks" => (FileKind.Runbook, default),
        "teams" => (FileKind.Team, default),
        "projects" => (FileKind.Project, default),
        "tasks" => (FileKind.Task, default),
        "workflows" => (FileKind.Instruction, InstructionKind.Workflow),
        "reference" or "references" or "spec" => (FileKind.Instruction, InstructionKind.Reference),
        "rules" => (FileKind.Instruction, InstructionKind.Rules),
        "memory" => (FileKind.Instruction, InstructionKind.Memory),
        _ => null,
    };

    /// <summary>What the files in a folder of a client's hidden folder are.</summary>
    public static (FileKind Kind, InstructionKind Instruction)? ClientFolder(string name) => name switch
    {
        "skills" or "skill" => (FileKind.Skill, default),
        "agents" or "agent" => (FileKind.Agent, default),
        "commands" or "command" or "prompts" or "workflows" => (FileKind.Instruction, InstructionKind.Command),
        "rules" or "instructions" => (FileKind.Instruction, InstructionKind.Boot),
        _ => null,
    };

    /// <summary>What a file in such a folder is; null where it is nothing to the contract.</summary>
    /// <param name="folder">The kind of the folder.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="depth">How many folders lie between.</param>
    /// <param name="isClients">Whether it is a client's folder.</param>
    public static FileKind? File(FileKind folder, string name, int depth, bool isClients)
    {
        var upper = name.ToUpperInvariant();
        // These names mean the same wherever they are.
        switch (upper)
        {
            case "SKILL.MD": return FileKind.Skill;
            case "TEAM.MD": return FileKind.Team;
            case "PROJECT.MD": return FileKind.Project;
            case "TASK.MD": return FileKind.Task;
            case "README.MD" or "LICENSE.MD" or "CHANGELOG.MD" or "INDEX.MD" or "_INDEX.MD": return null;
        }
        var isMarkdown = upper.EndsWith(".MD", StringComparison.Ordinal);
        var isYaml = upper.EndsWith(".YAML", StringComparison.Ordinal) || upper.EndsWith(".YML", StringComparison.Ordinal);
        return folder switch
        {
            FileKind.Agent when upper is "HEARTBEAT.MD" or "SOUL.MD" or "TOOLS.MD" or "IDENTITY.MD" or "MEMORY.MD" or "USER.MD" => FileKind.Instruction,
            FileKind.Agent => isMarkdown ? FileKind.Agent : null,
            FileKind.Skill => isMarkdown && depth is 0 && !isClients ? FileKind.LooseSkill : null,
            FileKind.Runbook => isMarkdown || isYaml ? FileKind.Runbook : null,
            FileKind.Team => isMarkdown && upper is "AGENTS.MD" ? FileKind.Agent : isMarkdown && depth is 0 ? FileKind.Team : null,
            FileKind.Project => isMarkdown && depth is 0 ? FileKind.Project : null,
            FileKind.Task => isYaml || isMarkdown && depth is 0 ? FileKind.Task : null,
            _ => isMarkdown || upper.EndsWith(".MDC", StringComparison.Ordinal) || isClients && upper.EndsWith(".TOML", StringComparison.Ordinal) ? FileKind.Instruction : null,
        };
    }

    /// <summary>How a file should be called, where runtimes look for one name only.</summary>
    public static string? ProperName(string name)
    {
        var proper = name.ToUpperInvariant() switch
        {
            "SKILL.MD" => "SKILL.md",
            "SYSTEM.MD" => "SYSTEM.md",
            "COMPANY.MD" => "COMPANY.md",
            "COMPANY.YAML" => "company.yaml",
            "TEAM.MD" => "TEAM.md",
            "PROJECT.MD" => "PROJECT.md",
            "TASK.MD" => "TASK.md",
            "AGENTS.MD" => "AGENTS.md",
            "CLAUDE.MD" => "CLAUDE.md",
            "GEMINI.MD" => "GEMINI.md",
            _ => null,
        };
        return proper == name ? null : proper;
    }
}
