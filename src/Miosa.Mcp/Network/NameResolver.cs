using System.Net;

namespace Miosa.Mcp.Network;

/// <summary>Finds the addresses of a name.</summary>
internal delegate Task<IPAddress[]> NameResolver(Asker asker, string host, CancellationToken cancellationToken);
