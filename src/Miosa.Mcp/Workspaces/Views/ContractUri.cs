namespace Miosa.Mcp.Workspaces.Views;

/// <summary>The addresses of parts of a contract: `workspace://skills/NAME/FILE`. Names are escaped as in any URI.</summary>
internal static class ContractUri
{
    public const string Scheme = "workspace://";

    public const string Boot = Scheme + "boot";
    public const string Company = Scheme + "company";
    public const string Agents = Scheme + "agents";
    public const string Skills = Scheme + "skills";
    public const string Runbooks = Scheme + "runbooks";
    public const string Instructions = Scheme + "instructions";
    public const string Artifacts = Scheme + "artifacts";
    public const string Receipts = Scheme + "receipts";
    public const string Problems = Scheme + "problems";

    public static string Of(string collection, string name) => $"{collection}/{Uri.EscapeDataString(name)}";

    public static string OfFile(string collection, string path) => $"{collection}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";

    /// <summary>The parts behind the scheme; null for what is no such address.</summary>
    public static string[]? Parse(string uri)
    {
        if (!uri.StartsWith(Scheme, StringComparison.Ordinal) || uri.Length > 4096)
            return null;
        var parts = uri[Scheme.Length..].Split('/');
        for (var i = 0; i < parts.Length; i++)
            parts[i] = Uri.UnescapeDataString(parts[i]);
        return parts.All(part => part is not ("" or "." or "..") && !part.Contains('/', StringComparison.Ordinal)) ? parts : null;
    }
}
