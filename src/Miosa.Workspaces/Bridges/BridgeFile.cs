using System.Text.Json.Nodes;

namespace Miosa.Workspaces.Bridges;

/// <summary>Something a runtime boots from, and how it gets along with what a person has there.</summary>
/// <param name="Path">Relative to the workspace, with `/`.</param>
public abstract record BridgeFile(string Path)
{
    /// <summary>A file of ours alone. A file of a person's in its place is left alone.</summary>
    public sealed record Whole(string Path, string Content) : BridgeFile(Path);

    /// <summary>Markdown without front matter: where a person has a file there, it becomes a block at its end.</summary>
    public sealed record Boot(string Path, string Content) : BridgeFile(Path);

    /// <summary>Lines in a file whose comments begin with #, always between two comments of ours.</summary>
    /// <param name="Path">Relative to the workspace, with `/`.</param>
    /// <param name="Content">The lines.</param>
    /// <param name="Claims">Beginnings of lines that, outside of our block, say that a person has set the same.</param>
    public sealed record Lines(string Path, string Content, IReadOnlyList<string> Claims) : BridgeFile(Path);

    /// <summary>One value in a JSON file that others have values in too.</summary>
    /// <param name="Path">Relative to the workspace, with `/`.</param>
    /// <param name="Section">The object of the root that it is in.</param>
    /// <param name="Key">Its name there.</param>
    /// <param name="Value">What it is.</param>
    /// <param name="Header">Fields that a new file begins with.</param>
    public sealed record Entry(string Path, string Section, string Key, JsonObject Value, IReadOnlyList<KeyValuePair<string, string>> Header) : BridgeFile(Path);
}
