using System.Text.Json;
using System.Text.Json.Serialization;

namespace Miosa.Devices.Templates;

/// <summary>Written into a template when everything else is on disk: a directory without it is not a template.</summary>
internal sealed record TemplateMarker
{
    private const string FileName = "etc/miosa-template.json";

    public required string Name { get; init; }

    /// <summary>The hash of the recipe it was made from; another one means the template is out of date.</summary>
    public required string Recipe { get; init; }

    public required DateTimeOffset BuiltAt { get; init; }

    public required string Debian { get; init; }

    /// <summary>What `node --version` says, or null for a template without it.</summary>
    public required string? Node { get; init; }

    public static TemplateMarker? Read(string root)
    {
        var path = Path.Combine(root, FileName);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), TemplateJson.Default.TemplateMarker);
        }
        catch (Exception failure) when (failure is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>By a rename, so that it is there whole or not at all.</summary>
    public async Task WriteAsync(string root, CancellationToken cancellationToken)
    {
        var path = Path.Combine(root, FileName);
        await File.WriteAllTextAsync($"{path}.new", JsonSerializer.Serialize(this, TemplateJson.Default.TemplateMarker) + "\n", cancellationToken);
        File.Move($"{path}.new", path);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(TemplateMarker))]
internal sealed partial class TemplateJson : JsonSerializerContext;
