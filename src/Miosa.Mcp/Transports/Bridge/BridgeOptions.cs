namespace Miosa.Mcp.Transports.Bridge;

/// <summary>What <c>miosa mcp</c> was asked for.</summary>
internal sealed record BridgeOptions
{
    public string? Home { get; init; }

    public string? Workspace { get; init; }

    /// <summary>A folder of this machine that is the workspace, from the root on.</summary>
    public string? WorkspaceDirectory { get; init; }

    public string? Agent { get; init; }

    public IReadOnlyList<string> Toolsets { get; init; } = [];

    public bool ReadOnly { get; init; }

    /// <summary>
    /// Reads a command line that is a plain <c>miosa mcp</c>; null for any other, which the full parser then explains.
    /// Clients wait for this start, and the full parser alone would cost them a good part of it.
    /// </summary>
    public static BridgeOptions? TryParse(IReadOnlyList<string> arguments)
    {
        var options = new BridgeOptions();
        var isBridge = false;
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument is "mcp" && !isBridge)
            {
                isBridge = true;
                continue;
            }

            if (argument is "--read-only")
            {
                options = options with { ReadOnly = true };
                continue;
            }

            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var value = equals > 0 ? argument[(equals + 1)..] : i + 1 < arguments.Count ? arguments[++i] : null;
            if (value is null)
                return null;
            switch (equals > 0 ? argument[..equals] : argument)
            {
                case "--home":
                    options = options with { Home = value };
                    break;
                case "--workspace":
                    options = options with { Workspace = value };
                    break;
                case "--workspace-dir":
                    options = options with { WorkspaceDirectory = Path.GetFullPath(value) };
                    break;
                case "--agent":
                    options = options with { Agent = value };
                    break;
                case "--toolsets":
                    options = options with { Toolsets = SplitToolsets(value) };
                    break;
                default:
                    return null;
            }
        }

        return isBridge ? options : null;
    }

    public static string[] SplitToolsets(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
