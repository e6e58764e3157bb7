using System.Security.Cryptography;
using System.Text.Json;
using Miosa.Devices.Templates;

namespace Miosa.Mcp.Templates;

/// <summary>A template that a name stands for in a workspace, with all that it is built on.</summary>
internal sealed record Template
{
    /// <summary>Raised when building makes something else of the same specification.</summary>
    private const int Format = 1;

    public required TemplateSpec Spec { get; init; }

    public required TemplateOrigin Origin { get; init; }

    /// <summary>What it is a layer on; null for a system of packages, and for one that was kept or imported.</summary>
    public Template? Base { get; init; }

    /// <summary>The caller's row; null for a named starting point.</summary>
    public TemplateRow? Row { get; init; }

    public string Name => Spec.Name;

    /// <summary>Those who may not know of each other do not share what they build either.</summary>
    private string Owner => Row?.Id ?? Name;

    /// <summary>The same for what is built the same: specification, files and all that is below.</summary>
    public string Hash => Base is null
        ? Row?.Id ?? Recipe!.Hash
        : Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
            new LayerContent(Format, Base.Hash, Spec.Packages, Spec.Npm, Spec.Files, Spec.Commands), TemplateJson.Default.LayerContent)))[..16];

    /// <summary>What the engine knows its files by.</summary>
    public string Key => this switch
    {
        { Base: not null } when Spec.IsNothingToBuild => Base.Key,
        { Base: not null } => $"{Owner}.{Hash}",
        { Row: not null } => $"{Owner}.kept",
        _ => Name,
    };

    /// <summary>How a system of packages is made; null for all else.</summary>
    public TemplateRecipe? Recipe => Spec.IsDebian && Row is null
        ? new TemplateRecipe { Name = Name, Packages = Spec.Packages, Node = Spec.Node is { } node ? new NodeVersions($"{node}", "10") : null }
        : null;

    /// <summary>Whether a layer's key is one that this template has, or had before it was changed.</summary>
    public bool Owns(string key) => key.StartsWith(Owner + ".", StringComparison.Ordinal);
}

/// <summary>All of a layer that makes a difference to what is built.</summary>
internal sealed record LayerContent(
    int Format, string Base, IReadOnlyList<string> Packages, IReadOnlyList<string> Npm, IReadOnlyList<SpecFile> Files, IReadOnlyList<SpecCommand> Commands);
