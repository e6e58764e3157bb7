using System.Security.Cryptography;
using System.Text;

namespace Miosa.Devices.Templates;

/// <summary>What a template is made of. Two recipes with one hash make the same template.</summary>
internal sealed record TemplateRecipe
{
    /// <summary>Raised when the steps of <see cref="TemplateBuilder"/> change what they make of the same recipe.</summary>
    private const int Format = 1;

    public required string Name { get; init; }

    /// <summary>The Debian release.</summary>
    public string Suite { get; init; } = "bookworm";

    /// <summary>Debian packages beside the essential ones and apt.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];

    /// <summary>Node and npm as npm package specifications, or null for a system without them.</summary>
    public NodeVersions? Node { get; init; }

    public IReadOnlyList<TemplateFile> Files { get; init; } = TemplateFile.Defaults;

    /// <summary>What a developer expects to find, in 670 MB.</summary>
    public static TemplateRecipe Default { get; } = new()
    {
        Name = "miosa-sandbox",
        Packages =
        [
            "ca-certificates", "curl", "openssh-client", "git",
            "build-essential", "python3", "python3-venv", "python3-pip", "python-is-python3",
            "procps", "iproute2", "less", "nano", "file", "jq", "ripgrep", "sqlite3", "unzip", "zip", "xz-utils",
        ],
        Node = new NodeVersions(Node: "22", Npm: "10"),
    };

    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical())))[..16];

    private string Canonical() => string.Join('\n',
    [
        $"format {Format}", Suite, .. Packages, $"node {Node?.Node} npm {Node?.Npm}",
        .. DebianSystem.Settings, .. Files.Append(TemplateFile.NodeHeaders).Select(file => $"{file.Path} {file.Mode} {file.Owner}\n{file.Content}"),
    ]);
}

/// <summary>Versions as npm takes them: `22` is the newest of that line.</summary>
internal sealed record NodeVersions(string Node, string Npm);
