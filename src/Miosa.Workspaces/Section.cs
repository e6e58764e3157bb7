namespace Miosa.Workspaces;

/// <summary>A heading of a Markdown file with what stands under it, up to the next heading of any level.</summary>
/// <param name="Title">The heading's words.</param>
/// <param name="Level">1 to 6.</param>
/// <param name="Line">Where it is in the file.</param>
/// <param name="Start">Where its heading begins in the body.</param>
/// <param name="Length">How far it goes in the body, heading included.</param>
public sealed record Section(string Title, int Level, int Line, int Start, int Length);
