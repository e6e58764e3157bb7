namespace Miosa.Mcp.Templates;

/// <summary>What a template is to be: what is built into it, and what a sandbox made of it gets.</summary>
internal sealed record TemplateSpec
{
    /// <summary>The base of a template that is made from Debian's packages alone.</summary>
    public const string Debian = "debian";

    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Another template, or <see cref="Debian"/>.</summary>
    public required string Base { get; init; }

    /// <summary>Debian packages.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];

    /// <summary>The line of Node that comes with a system of Debian packages; others take what their base has.</summary>
    public int? Node { get; init; }

    /// <summary>npm packages that are installed for all.</summary>
    public IReadOnlyList<string> Npm { get; init; } = [];

    public IReadOnlyList<SpecFile> Files { get; init; } = [];

    /// <summary>Run inside, in this order, after all else is in place.</summary>
    public IReadOnlyList<SpecCommand> Commands { get; init; } = [];

    public IReadOnlyList<SpecService> Services { get; init; } = [];

    /// <summary>What a sandbox is expected to listen on, beside its services.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>`none`, `packages` or `web`; null leaves it to the host's default.</summary>
    public string? Egress { get; init; }

    /// <summary>The size of a sandbox for which none is asked.</summary>
    public string? Size { get; init; }

    public bool IsDebian => Base is Debian;

    /// <summary>Whether it differs from its base in nothing that has to be built.</summary>
    public bool IsNothingToBuild => Packages.Count + Npm.Count + Files.Count + Commands.Count is 0;
}

/// <summary>A file to put in place. Below /home/agent and /workspace it belongs to agent, else to root.</summary>
internal sealed record SpecFile(string Path, byte[] Content, bool IsExecutable)
{
    public string Owner => Path.StartsWith("/home/agent/", StringComparison.Ordinal) || Path.StartsWith("/workspace/", StringComparison.Ordinal) ? "agent" : "root";
}

/// <summary>A shell line to run while building, in /workspace.</summary>
internal sealed record SpecCommand(string Run, string User, int TimeoutSeconds);

/// <summary>A command that every sandbox of the template keeps running.</summary>
internal sealed record SpecService
{
    public required string Name { get; init; }

    public required string Command { get; init; }

    public string Cwd { get; init; } = "/workspace";

    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    public int? Port { get; init; }

    /// <summary>`always`, `on-failure` or `never`.</summary>
    public string RestartPolicy { get; init; } = "always";

    /// <summary>The HTTP path that answers when it is well; null where a connection to its port is enough.</summary>
    public string? HealthPath { get; init; }
}
