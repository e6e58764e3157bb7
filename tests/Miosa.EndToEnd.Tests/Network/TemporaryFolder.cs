namespace Miosa.EndToEnd.Tests.Network;

/// <summary>A directory that ends with its test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("miosa-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
