using System.Security.Cryptography;
using System.Text;

namespace Miosa.Devices.Templates;

/// <summary>A system made of Debian packages, from nothing. Two recipes with one hash make the same template.</summary>
public sealed record TemplateRecipe
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

    internal IReadOnlyList<TemplateFile> Files { get; init; } = TemplateFile.Defaults;

    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical())))[..16];

    private string Canonical() => string.Join('\n',
    [
        $"format {Format}", Suite, .. Packages, $"node {Node?.Node} npm {Node?.Npm}",
        .. DebianSystem.Settings, .. Files.Append(TemplateFile.NodeHeaders).Select(file => $"{file.Path} {file.Mode} {file.Owner}\n{file.Content}"),
    ]);
}

/// <summary>Versions as npm takes them: `22` is the newest of that line.</summary>
public sealed record NodeVersions(string Node, string Npm);
