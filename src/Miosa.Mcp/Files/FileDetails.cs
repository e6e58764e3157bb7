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

    /// <summary>What a caller should know of how it was written.</summary>
    public string? Note { get; init; }

    public static FileDetails From(string path, WrittenFile written) => From(path, written.Stat) with
    {
        Note = written.AtOnce ? null : "It was written in place, since its directory or its owner allowed nothing else: a reader could have seen a part.",
    };

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
