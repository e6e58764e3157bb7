using Miosa.Mcp.Transports.Http;

namespace Miosa.Mcp.Hosting;

/// <summary>The lines that tell a person how to connect a client.</summary>
internal static class ConnectionHelp
{
    public static string Stdio(MiosaHome home)
    {
        // Clients start it with few of the variables that were set here, and MIOSA_HOME is not among them.
        var isDefault = string.Equals(home.Path, MiosaHome.Default.Path, StringComparison.Ordinal);
        var arguments = isDefault ? "mcp" : $"mcp --home {home.Path}";
        return $"Connect over stdio:  claude mcp add miosa -- {Executable.Name} {arguments}";
    }

    public static string Http(string url, string? key)
    {
        var shown = key is null ? "$MIOSA_KEY" : key;
        var line = $"Connect over HTTP:   claude mcp add --transport http miosa {url}{McpEndpoint.Path} --header \"Authorization: Bearer {shown}\"";
        return key is null
            ? $"{line}{Environment.NewLine}                     (the key was shown once; `miosa serve --new-key` makes another)"
            : $"Key (shown once):    {key}{Environment.NewLine}{line}";
    }
}
