using Microsoft.Data.Sqlite;

namespace Miosa.Mcp.Storage;

/// <summary>The database could not be read or written: what is wrong with it, and what a person can do.</summary>
internal sealed class StorageException(string message, string remedy, bool retryable, Exception? inner = null) : Exception(message, inner)
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int OutOfMemory = 7;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int Protocol = 15;
    private const int NotADatabase = 26;
    private const long LeastRoom = 64 * 1024;

    public string Remedy { get; } = remedy;

    public bool IsRetryable { get; } = retryable;

    /// <summary>Whether the disk, the file or another program is the reason; any other failure is a bug of ours.</summary>
    public static bool IsOfTheMachine(SqliteException exception) => exception.SqliteErrorCode
        is Busy or Locked or OutOfMemory or ReadOnly or InputOutput or Corrupt or Full or CannotOpen or Protocol or NotADatabase;

    public static StorageException From(SqliteException exception, string path) => Code(exception, path) switch
    {
        Busy or Locked => new($"The database {path} is locked by another program.", "Close the program that holds it; two hosts never share a home.", retryable: true, exception),
        ReadOnly => new($"The database {path} cannot be written.", "Make it and its directory writable for the user the host runs as.", retryable: false, exception),
        Corrupt or NotADatabase => new($"The database {path} is damaged or no database.", "Move it away and restore a copy; without one, the host makes a new one.", retryable: false, exception),
        Full => new($"The disk of {path} is full.", "Free some space; what was stored before is safe.", retryable: true, exception),
        CannotOpen => new($"The database {path} cannot be opened.", "Check that its directory exists and may be written.", retryable: false, exception),
        _ => new($"The database {path} failed: {exception.Message}", "Try again; `miosa doctor` looks at the machine.", retryable: true, exception),
    };

    // Of a file that it maps, SQLite only says that it could not be made longer.
    private static int Code(SqliteException exception, string path) =>
        exception.SqliteErrorCode is InputOutput or CannotOpen && new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!) is { IsReady: true, AvailableFreeSpace: < LeastRoom } ? Full : exception.SqliteErrorCode;
}
