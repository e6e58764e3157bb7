namespace Miosa.Workspaces.Tests.Bridges;

/// <summary>A real folder, for what only a real file system shows.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("miosa-bridge-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
