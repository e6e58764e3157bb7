namespace Miosa.Devices.Volumes;

/// <summary>What a volume's files are seen as: one directory, or directories over each other.</summary>
/// <param name="Layers">The uppermost first. A single one without <paramref name="Changes"/> is written to itself.</param>
/// <param name="Changes">Holds `upper`, above all layers, which takes what is written, and `work`; null where nothing may be written.</param>
internal sealed record VolumeView(IReadOnlyList<string> Layers, string? Changes = null)
{
    public const string Upper = "upper";
    public const string Work = "work";

    public static VolumeView Of(string directory) => new([directory]);
}
