namespace Miosa.Mcp.Approvals;

/// <summary>A person who answers, and through which door.</summary>
/// <param name="Principal">Never that of who asked.</param>
/// <param name="Via">`terminal`, `http` or `client`.</param>
/// <param name="Workspace">The only workspace it may decide about; null for the host's owner, who may about all.</param>
internal sealed record Decider(string Principal, string Via, string? Workspace)
{
    public const string Terminal = "terminal";
    public const string Http = "http";
    public const string Client = "client";
}
