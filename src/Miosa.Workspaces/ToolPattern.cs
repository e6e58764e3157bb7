namespace Miosa.Workspaces;

/// <summary>How a tool is named in a contract.</summary>
public static class ToolPattern
{
    /// <summary>What the runtimes call the things that several tools of ours do.</summary>
    private static readonly Dictionary<string, string[]> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bash"] = ["sandbox_exec*", "process_*"],
        ["shell"] = ["sandbox_exec*", "process_*"],
        ["exec"] = ["sandbox_exec*", "process_*"],
        ["read"] = ["sandbox_read_file", "sandbox_list_files", "sandbox_stat*"],
        ["write"] = ["sandbox_write_file*", "sandbox_mkdir"],
        ["edit"] = ["sandbox_edit_file", "sandbox_write_file*"],
        ["grep"] = ["sandbox_search*"],
        ["glob"] = ["sandbox_list_files", "sandbox_search*"],
        ["ls"] = ["sandbox_list_files"],
    };

    public static bool Matches(string pattern, string tool, string? capability = null)
    {
        var name = Plain(pattern);
        if (Glob(name, tool) || capability is not null && Glob(name, Plain(capability)))
            return true;
        return Words.TryGetValue(name, out var stands) && stands.Any(other => Glob(other, tool));
    }

    /// <summary>Whether a part of a tool is meant, as in `Bash(git *)`. Nothing here can hold to that, so it matches no tool: where it would allow, it allows nothing.</summary>
    internal static bool IsNarrowed(string pattern) => pattern.Contains('(', StringComparison.Ordinal);

    /// <summary>The tool that a part is of: what asks or denies is about all of it.</summary>
    internal static string Whole(string pattern) => pattern.IndexOf('(', StringComparison.Ordinal) is >= 0 and var end ? pattern[..end].Trim() : pattern;

    /// <summary>`mcp__miosa__sandbox_exec` and `sandbox.exec` without what only a runtime needs.</summary>
    private static string Plain(string pattern)
    {
        var text = pattern.Trim();
        if (text.StartsWith("mcp__", StringComparison.OrdinalIgnoreCase) && text.IndexOf("__", 5, StringComparison.Ordinal) is > 0 and var end)
            text = text[(end + 2)..];
        return text.Replace('.', '_');
    }

    /// <summary>`*` is any run of characters; it walks back to the last star only, so it takes no more than pattern × text steps.</summary>
    internal static bool Glob(string pattern, string text)
    {
        int p = 0, t = 0, star = -1, from = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                from = t;
            }
            else if (p < pattern.Length && char.ToLowerInvariant(pattern[p]) == char.ToLowerInvariant(text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++from;
            }
            else
            {
                return false;
            }
        }
        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }
}
