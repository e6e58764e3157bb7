namespace Miosa.Mcp.Files;

/// <summary>What an edit did.</summary>
internal sealed record FileEdited
{
    public required string Path { get; init; }

    public required int Replacements { get; init; }

    public required long Size { get; init; }
}
