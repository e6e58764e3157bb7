using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Workspaces;

/// <summary>A tool of this server, as a contract may name it.</summary>
internal sealed record OfferedTool(string Name, string Capability, Risk Risk);

/// <summary>All tools of this server. Asked for when they are all known, which is not when this is made.</summary>
internal sealed class OfferedTools(Func<IReadOnlyList<OfferedTool>> read)
{
    public IReadOnlyList<OfferedTool> All => field ??= read();
}
