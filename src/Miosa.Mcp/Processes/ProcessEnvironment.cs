using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Processes;

/// <summary>The whole environment of a command: ours, what leads to the network, then the sandbox's, then the call's. Nothing of the host's.</summary>
internal static class ProcessEnvironment
{
    private const string SystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public static IReadOnlyDictionary<string, string> Of(SandboxRow sandbox, IReadOnlyDictionary<string, string> network, ExecRequest request)
    {
        var home = request.User is "root" ? "/root" : $"/home/{request.User}";
        Dictionary<string, string> all = new(StringComparer.Ordinal)
        {
            ["PATH"] = request.User is "root" ? SystemPath : $"{home}/.local/bin:{SystemPath}",
            ["HOME"] = home,
            ["USER"] = request.User,
            ["LOGNAME"] = request.User,
            ["SHELL"] = "/bin/bash",
            ["LANG"] = "C.UTF-8",
            ["TERM"] = request.Terminal is null ? "dumb" : "xterm-256color",
            ["MIOSA_SANDBOX_ID"] = sandbox.Id,
        };
        foreach (var (name, value) in network.Concat(sandbox.Request.Env).Concat(request.Env))
            all[name] = value;
        return all;
    }
}
