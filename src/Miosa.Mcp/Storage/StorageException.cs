using Microsoft.Data.Sqlite;

namespace Miosa.Mcp.Storage;

/// <summary>The database could not be read or written: what is wrong with it, and what a person can do.</summary>
internal sealed class StorageException(string message, string remedy, bool retryable, Exception? inner = null) : Exception(message, inner)
{
    public string Remedy { get; } = remedy;

    public bool IsRetryable { get; } = retryable;

    public static StorageException Closed(string path, Exception? inner) =>
        new($"The database {path} is closed; the host is stopping.", "Call again when the host has started again.", retryable: true, inner);

    public static StorageException From(SqliteException exception, string path) => exception.SqliteErrorCode switch
    {
        5 or 6 => new($"The database {path} is locked by another program.", "Close the program that holds it; two hosts never share a home.", retryable: true, exception),
        8 => new($"The database {path} cannot be written.", "Make it and its directory writable for the user the host runs as.", retryable: false, exception),
        11 or 26 => new($"The database {path} is damaged or no database.", "Move it away and restore a copy; without one, the host makes a new one.", retryable: false, exception),
        13 => new($"The disk of {path} is full.", "Free some space; nothing was lost.", retryable: true, exception),
        14 => new($"The database {path} cannot be opened.", "Check that its directory exists and may be written.", retryable: false, exception),
        _ => new($"The database {path} failed: {exception.Message}", "Try again; `miosa doctor` looks at the machine.", retryable: true, exception),
    };
}
