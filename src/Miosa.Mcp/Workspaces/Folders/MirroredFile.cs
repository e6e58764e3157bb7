using System.Text.Json.Serialization;

namespace Miosa.Mcp.Workspaces.Folders;

/// <summary>One file of a mirror.</summary>
/// <param name="Version">Of the folder's file.</param>
/// <param name="Size">Of the folder's file.</param>
/// <param name="Kept">How many bytes of it are kept at most; zero for none.</param>
/// <param name="From">Its path in the folder; another one where it is a link to that.</param>
/// <param name="IsExecutable">Whether its owner may run it.</param>
internal sealed record MirroredFile(string Version, long Size, int Kept, string From, bool IsExecutable = false)
{
    public bool IsWhole => Kept >= Size;
}

[JsonSerializable(typeof(Dictionary<string, MirroredFile>))]
internal sealed partial class MirrorJson : JsonSerializerContext;
