namespace Miosa.Mcp.Network;

/// <summary>Where a sandbox may go before anything is listed for it.</summary>
internal enum NetworkPreset
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>To the package registries of <see cref="PackageHosts"/> and those the operator added.</summary>
    Packages,

    /// <summary>To every public host, on the ports of the web.</summary>
    Web,
}
