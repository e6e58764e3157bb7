using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Tests.Transports;

/// <summary>A home for several hosts, one after the other.</summary>
internal sealed class TemporaryHome : IDisposable
{
    public TemporaryHome() => Home.Create();

    public MiosaHome Home { get; } = new(Directory.CreateTempSubdirectory("mh-").FullName);

    public void Dispose() => Directory.Delete(Home.Path, recursive: true);
}
