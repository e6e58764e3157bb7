using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces;

/// <summary>In OpenClaw a workspace is one agent: who it is stands in SOUL.md and IDENTITY.md.</summary>
internal static class OpenClawAgent
{
    public static Agent? From(IReadOnlyList<InstructionFile> instructions, Company company)
    {
        var soul = instructions.FirstOrDefault(file => string.Equals(file.Path, "SOUL.md", StringComparison.OrdinalIgnoreCase));
        var identity = instructions.FirstOrDefault(file => string.Equals(file.Path, "IDENTITY.md", StringComparison.OrdinalIgnoreCase));
        if ((soul ?? identity) is not { } file)
            return null;
        var name = identity is null ? null : Value(identity.Text, "name");
        var id = Slug.Of(name ?? company.Slug);
        return new Agent
        {
            Id = id.Length > 0 ? id : "agent",
            Name = name ?? company.Name,
            Role = identity is null ? null : Value(identity.Text, "role") ?? Value(identity.Text, "creature"),
            Runtime = "openclaw",
            Body = string.Join("\n\n", new[] { identity?.Text.Trim(), soul?.Text.Trim() }.Where(text => text is { Length: > 0 })) + "\n",
            Path = file.Path,
        };
    }

    /// <summary>The value in a line like `- **Name:** Robin`.</summary>
    private static string? Value(string text, string field)
    {
        foreach (var raw in text.AsSpan().EnumerateLines())
        {
            var line = raw.Trim().TrimStart("-* ");
            if (!line.StartsWith(field, StringComparison.OrdinalIgnoreCase))
                continue;
            var rest = line[field.Length..].TrimStart("* ");
            if (!rest.StartsWith(':'))
                continue;
            rest = rest[1..].Trim("* _");
            return rest.Length is > 0 and <= 100 ? rest.ToString() : null;
        }
        return null;
    }
}
