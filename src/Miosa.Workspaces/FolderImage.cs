namespace Miosa.Workspaces;

/// <summary>What the loader remembers of each file, so that one that changed is read alone.</summary>
internal sealed class FolderImage;
