namespace Miosa.Devices.Doors;

public enum FileType
{
    File = 'f', Directory = 'd', Link = 'l', Pipe = 'p', Socket = 's', CharacterDevice = 'c', BlockDevice = 'b',
}

/// <summary>What a file is, without its content.</summary>
public sealed record FileStat
{
    public required FileType Type { get; init; }
    public required UnixFileMode Mode { get; init; }
    public required long UserId { get; init; }
    public required long GroupId { get; init; }
    public required long Links { get; init; }
    public required long Size { get; init; }
    public required long ModifiedNanoseconds { get; init; }
    public required ulong Inode { get; init; }
    public required ulong Device { get; init; }
    public string? LinkTarget { get; init; }

    public DateTimeOffset ModifiedAt => DateTimeOffset.UnixEpoch.AddTicks(ModifiedNanoseconds / 100);

    /// <summary>What <see cref="WriteOptions.Expected"/> takes, to write only if nobody else has.</summary>
    public FileVersion Version => new(Inode, Size, ModifiedNanoseconds);

    internal static FileStat Read(ref DoorFields fields)
    {
        var type = (FileType)fields.U8();
        if (!Enum.IsDefined(type))
            throw new DoorProtocolException($"{(int)type} is no type of file.");
        var stat = new FileStat
        {
            Type = type,
            Mode = (UnixFileMode)(fields.U32() & 0xFFF),
            UserId = fields.U32(),
            GroupId = fields.U32(),
            Links = fields.U32(),
            Size = fields.Size(),
            ModifiedNanoseconds = (long)fields.U64(),
            Inode = fields.U64(),
            Device = fields.U64(),
        };
        var target = fields.Text();
        return type is FileType.Link ? stat with { LinkTarget = target } : stat;
    }

    internal static FileStat ReadAll(ReadOnlySpan<byte> payload)
    {
        var fields = new DoorFields(payload);
        var stat = Read(ref fields);
        fields.Finish();
        return stat;
    }
}

/// <summary>One state of a file's content, as far as the file system tells states apart.</summary>
public sealed record FileVersion(ulong Inode, long Size, long ModifiedNanoseconds);
