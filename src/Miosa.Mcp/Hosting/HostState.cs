namespace Miosa.Mcp.Hosting;

/// <summary>Who this host is. What it learns while it starts is written beside its lock for others to read.</summary>
internal sealed class HostState(HostLock held, HostIdentity identity)
{
    public HostIdentity Identity { get; private set; } = identity;

    public void ListensAt(string url)
    {
        Identity = Identity with { Http = url };
        held.Write(Identity);
    }
}
