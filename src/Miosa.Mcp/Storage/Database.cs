using System.Collections.Concurrent;
using System.Data;
using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Miosa.Mcp.Storage;

/// <summary>
/// The state on disk. One thread writes, and what waits for it goes into one transaction, so that a hundred calls at
/// once cost a few commits. A write that returned is durable against the end of this process.
/// </summary>
internal sealed partial class Database : IDisposable
{
    private const int MostInOneCommit = 256;
    private const int Readers = 8;
    // Seldom: whoever writes while the log is brought to the disk waits for the disk too. A write is some five pages.
    private const int WritesBetweenCheckpoints = 2_048;
    // 4 KiB each. A log that has become so long is brought to its end, whoever waits for that.
    private const int MostLogPages = 16_384;
    private readonly BlockingCollection<Write> _writes = [];
    private readonly BlockingCollection<bool> _checkpoints = new(boundedCapacity: 1);
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private readonly SemaphoreSlim _free = new(Readers);
    private readonly Lock _life = new();
    private readonly string _connectionString;
    private readonly string _settings;
    private readonly ILogger<Database> _logger;
    private Thread? _writer;
    private Thread? _checkpointer;
    private int _uncheckedWrites;
    private volatile bool _closed;

    /// <param name="path">The file; it is made when it is first needed.</param>
    /// <param name="patience">How long to wait for another program that holds it; whole seconds.</param>
    /// <param name="logger">Who is told of what nobody waits for.</param>
    public Database(string path, TimeSpan? patience = null, ILogger<Database>? logger = null)
    {
        SystemSqlite.Load();
        _logger = logger ?? NullLogger<Database>.Instance;
        Path = path;
        var seconds = (int)(patience ?? TimeSpan.FromSeconds(5)).TotalSeconds;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = seconds }.ToString();
        _settings = string.Create(
            CultureInfo.InvariantCulture,
            $"pragma busy_timeout = {seconds * 1000}; pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on; pragma temp_store = memory; pragma wal_autocheckpoint = 0");
    }

    public string Path { get; }

    /// <summary>Runs <paramref name="work"/> in a transaction of its own effect: it is stored whole or not at all.</summary>
    public async Task<T> WriteAsync<T>(Func<IDbConnection, T> work, CancellationToken cancellationToken)
    {
        Start();
        var write = new Write<T>(work, cancellationToken);
        try
        {
            _writes.Add(write, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            // It was closed since the look.
            throw Closed();
        }
        return await write.Done.Task;
    }

    public async Task<T> ReadAsync<T>(Func<IDbConnection, T> work, CancellationToken cancellationToken)
    {
        Start();
        await _free.WaitAsync(cancellationToken);
        SqliteConnection? connection = null;
        try
        {
            if (_closed)
                throw Closed();
            connection = _readers.TryTake(out var free) ? free : Open();
            var result = work(connection);
            _readers.Add(connection);
            return result;
        }
        catch (Exception exception)
        {
            // Nobody knows what state it is in; the next reader opens another.
            connection?.Dispose();
            if (exception is SqliteException sqlite && StorageException.IsOfTheMachine(sqlite))
                throw StorageException.From(sqlite, Path);
            throw;
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Writes what was asked for until now, waits for those who read, and closes the file.</summary>
    public void Dispose()
    {
        lock (_life)
        {
            if (_closed)
                return;
            _closed = true;
        }
        _writes.CompleteAdding();
        _writer?.Join();
        _checkpoints.CompleteAdding();
        _checkpointer?.Join();
        for (var i = 0; i < Readers; i++)
            _free.Wait();
        while (_readers.TryTake(out var reader))
            reader.Dispose();
        // Whoever still waits to read goes on, and sees that it is closed.
        _free.Release(Readers);
        _writes.Dispose();
        _checkpoints.Dispose();
    }

    /// <summary>Opens the file where that has not been done. What prevents it now may be over the next time.</summary>
    private void Start()
    {
        lock (_life)
        {
            if (_closed)
                throw Closed();
            _writer ??= StartWriter();
        }
    }

    private static StorageException Closed() =>
        new("The database is closed, because the host is stopping.", "Call again when the host runs again.", retryable: true);

    private Thread StartWriter()
    {
        Create();
        var connection = Open();
        try
        {
            Migrations.Apply(connection, Path);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
        var thread = new Thread(() => Run(connection)) { IsBackground = true, Name = "database writer" };
        thread.Start();
        _checkpointer = new Thread(Checkpoint) { IsBackground = true, Name = "database checkpoints" };
        _checkpointer.Start();
        return thread;
    }

    /// <summary>Brings what was written from the log into the file. It waits for the disk, so the one thread that writes does not do it.</summary>
    private void Checkpoint()
    {
        SqliteConnection? connection = null;
        foreach (var _ in _checkpoints.GetConsumingEnumerable())
        {
            try
            {
                connection ??= Open();
                if (LogPages(connection, "passive") > MostLogPages)
                    LogPages(connection, "restart");
            }
            catch (Exception exception) when (exception is SqliteException or StorageException)
            {
                // The log keeps what it has; the next round tries again, and so does whoever opens the file.
                LogNotBroughtIn(exception, Path);
                connection?.Dispose();
                connection = null;
            }
        }
        connection?.Dispose();
    }

    private static long LogPages(SqliteConnection connection, string how)
    {
        using var checkpoint = connection.CreateCommand();
        checkpoint.CommandText = $"pragma wal_checkpoint({how})";
        using var row = checkpoint.ExecuteReader();
        return row.Read() ? row.GetInt64(1) : 0;
    }

    /// <summary>Makes the file for its owner only, which the files that SQLite puts beside it follow.</summary>
    private void Create()
    {
        // Never opened once it is there: closing it again would drop the locks that SQLite holds on it.
        if (File.Exists(Path))
            return;
        try
        {
            using var file = new FileStream(Path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Somebody else was first, or it cannot be made, and opening it says why.
        }
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            using var settings = connection.CreateCommand();
            settings.CommandText = _settings;
            settings.ExecuteNonQuery();
            return connection;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw StorageException.From(exception, Path);
        }
    }

    private void Run(SqliteConnection first)
    {
        Writer? writer = new(first);
        var batch = new List<Write>(MostInOneCommit);
        foreach (var write in _writes.GetConsumingEnumerable())
        {
            batch.Clear();
            batch.Add(write);
            while (batch.Count < MostInOneCommit && _writes.TryTake(out var next))
                batch.Add(next);
            writer = Commit(writer, batch);
        }
        writer?.Dispose();
    }

    /// <summary>Stores a batch. Gives the writer back if it is still good; no failure may end the one thread that writes.</summary>
    private Writer? Commit(Writer? writer, List<Write> batch)
    {
        try
        {
            writer ??= new Writer(Open());
            writer.Begin.ExecuteNonQuery();
            foreach (var write in batch)
                write.Run(writer);
            writer.Commit.ExecuteNonQuery();
        }
        catch (Exception exception)
        {
            var failure = exception is SqliteException sqlite ? StorageException.From(sqlite, Path) : exception;
            foreach (var write in batch)
                write.Fail(failure);
            // Closing it rolls back what is open.
            writer?.Dispose();
            return null;
        }
        foreach (var write in batch)
            write.Complete();
        if ((_uncheckedWrites += batch.Count) >= WritesBetweenCheckpoints && _checkpoints.TryAdd(true))
            _uncheckedWrites = 0;
        return writer;
    }

    [LoggerMessage(LogLevel.Warning, "The log of {Path} could not be brought into the file; it grows until that is done")]
    private partial void LogNotBroughtIn(Exception exception, string path);

    /// <summary>The connection that writes, with the statements around every write, which are parsed once.</summary>
    // Plain SQL: a transaction object rolls back what SQLite has rolled back already, and hides why.
    private sealed class Writer(SqliteConnection connection) : IDisposable
    {
        public SqliteConnection Connection { get; } = connection;

        public SqliteCommand Begin { get; } = new("begin immediate", connection);

        public SqliteCommand Save { get; } = new("savepoint item", connection);

        public SqliteCommand Release { get; } = new("release item", connection);

        public SqliteCommand Commit { get; } = new("commit", connection);

        public void Dispose()
        {
            foreach (var statement in (ReadOnlySpan<SqliteCommand>)[Begin, Save, Release, Commit])
                statement.Dispose();
            Connection.Dispose();
        }
    }

    /// <summary>Something to write, and who waits for it.</summary>
    private abstract class Write
    {
        public abstract void Run(Writer writer);

        public abstract void Complete();

        public abstract void Fail(Exception exception);
    }

    private sealed class Write<T>(Func<IDbConnection, T> work, CancellationToken cancellationToken) : Write
    {
        private T? _result;
        private Exception? _failure;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run(Writer writer)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                _failure = new OperationCanceledException(cancellationToken);
                return;
            }
            // Of its own effect: one that fails takes nothing of the others with it.
            writer.Save.ExecuteNonQuery();
            try
            {
                _result = work(writer.Connection);
                writer.Release.ExecuteNonQuery();
            }
            catch (Exception exception) when (exception is not SqliteException sqlite || !StorageException.IsOfTheMachine(sqlite))
            {
                // A disk that fails or is full is no one item's fault, and SQLite may have rolled all back; all else is.
                _failure = exception;
                writer.Connection.Execute("rollback to item; release item");
            }
        }

        public override void Complete()
        {
            if (_failure is null)
                Done.TrySetResult(_result!);
            else
                Done.TrySetException(_failure);
        }

        public override void Fail(Exception exception) => Done.TrySetException(exception);
    }
}
