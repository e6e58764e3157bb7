namespace Miosa.Mcp.Calls;

/// <summary>What an agent may do with devices and releases, in the words of a contract.</summary>
internal static class Permissions
{
    public const string All = "*";
    public const string UseDevices = "devices:use";
    public const string CreateDevices = "devices:create";
    public const string DestroyDevices = "devices:destroy";
    public const string ConnectLocalDevices = "devices:connect-local";
    public const string SetPrimaryDevice = "devices:set-primary";
    public const string PublishDeployments = "deployments:publish";
}
