namespace Miosa.Mcp.Transports.Access;

/// <summary>A key as a person asks for it.</summary>
internal sealed record KeyRequest
{
    public string? Name { get; init; }

    /// <summary>`user`, `admin` or `platform`.</summary>
    public string? Kind { get; init; }

    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>None named: all of them.</summary>
    public IReadOnlyList<string>? Workspaces { get; init; }

    public string? Agent { get; init; }

    public bool ReadOnly { get; init; }

    /// <summary>Absent: for good. That has to be said to the command; this is what it understood.</summary>
    public long? ExpiresInSeconds { get; init; }
}
