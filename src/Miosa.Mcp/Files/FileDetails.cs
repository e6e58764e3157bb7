using System.Globalization;
using Miosa.Devices.Doors;

namespace Miosa.Mcp.Files;

/// <summary>What is known of a file without reading it.</summary>
internal sealed record FileDetails
{
    public required string Path { get; init; }

    /// <summary>`file`, `directory`, `symlink` or `other`.</summary>
    public required string Type { get; init; }

    public required long Size { get; init; }

    /// <summary>Permissions in octal, such as `0644`.</summary>
    public required string Mode { get; init; }

    public required DateTimeOffset ModifiedAt { get; init; }

    public static FileDetails From(string path, FileStat stat) => new()
    {
        Path = path,
        Type = TypeName(stat.Type),
        Size = stat.Size,
        Mode = string.Create(CultureInfo.InvariantCulture, $"0{Convert.ToString((int)stat.Mode, 8)}"),
        ModifiedAt = stat.ModifiedAt,
    };

    public static string TypeName(FileType type) => type switch
    {
        FileType.File => "file",
        FileType.Directory => "directory",
        FileType.Link => "symlink",
        _ => "other",
    };
}
