using System.Collections.Concurrent;
using System.Data;
using Microsoft.Data.Sqlite;

namespace Miosa.Mcp.Storage;

/// <summary>
/// The state on disk. One thread writes, and what waits for it goes into one transaction, so that a hundred calls at
/// once cost a few commits. A write that returned is durable against the end of this process.
/// </summary>
internal sealed class Database : IDisposable
{
    private const int MostInOneCommit = 256;
    private const int Readers = 8;
    private readonly BlockingCollection<Write> _writes = [];
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private readonly SemaphoreSlim _free = new(Readers);
    private readonly string _connectionString;
    private readonly Lock _starting = new();
    private volatile Thread? _writer;
    private volatile bool _disposed;

    public Database(string path)
    {
        SystemSqlite.Load();
        Path = path;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString();
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
        catch (InvalidOperationException exception)
        {
            throw StorageException.Closed(Path, exception);
        }
        return await write.Done.Task;
    }

    public async Task<T> ReadAsync<T>(Func<IDbConnection, T> work, CancellationToken cancellationToken)
    {
        Start();
        await _free.WaitAsync(cancellationToken);
        var connection = _readers.TryTake(out var free) ? free : null;
        try
        {
            connection ??= Open();
            return work(connection);
        }
        catch (SqliteException exception)
        {
            throw StorageException.From(exception, Path);
        }
        finally
        {
            if (connection is not null)
                _readers.Add(connection);
            _free.Release();
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _writes.CompleteAdding();
        _writer?.Join();
        foreach (var reader in _readers)
            reader.Dispose();
        _writes.Dispose();
        _free.Dispose();
    }

    private SqliteConnection Open()
    {
        try
        {
            var connection = new SqliteConnection(_connectionString);
            connection.Open();
            using var settings = connection.CreateCommand();
            settings.CommandText = "pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on; pragma busy_timeout = 5000; pragma temp_store = memory";
            settings.ExecuteNonQuery();
            return connection;
        }
        catch (SqliteException exception)
        {
            throw StorageException.From(exception, Path);
        }
    }

    /// <summary>Opens the database when it is first needed. What stood in the way may be gone the next time.</summary>
    private void Start()
    {
        if (_writer is not null)
            return;
        lock (_starting)
        {
            if (_disposed)
                throw StorageException.Closed(Path, null);
            if (_writer is not null)
                return;
            CreatePrivately();
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
            _writer = thread;
        }
    }

    /// <summary>SQLite gives the files beside it the mode of the file itself, so that comes first.</summary>
    private void CreatePrivately()
    {
        if (File.Exists(Path))
            return;
        try
        {
            using var file = new FileStream(Path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The database {Path} cannot be made: {exception.Message}", "Check that its directory exists and may be written.", retryable: false, exception);
        }
    }

    private void Run(SqliteConnection connection)
    {
        var batch = new List<Write>(MostInOneCommit);
        foreach (var first in _writes.GetConsumingEnumerable())
        {
            batch.Clear();
            batch.Add(first);
            while (batch.Count < MostInOneCommit && _writes.TryTake(out var next))
                batch.Add(next);
            Commit(connection, batch);
        }
        connection.Dispose();
    }

    private void Commit(SqliteConnection connection, List<Write> batch)
    {
        try
        {
            using var transaction = connection.BeginTransaction();
            foreach (var write in batch)
                write.Run(connection, transaction);
            transaction.Commit();
        }
        catch (SqliteException exception)
        {
            if (batch.Count is 1)
            {
                batch[0].Fail(StorageException.From(exception, Path));
                return;
            }
            // One may be the reason, and the others must not pay for it.
            foreach (var write in batch)
                Commit(connection, [write]);
            return;
        }
        foreach (var write in batch)
            write.Complete();
    }

    /// <summary>Something to write, and who waits for it.</summary>
    private abstract class Write
    {
        public abstract void Run(SqliteConnection connection, SqliteTransaction transaction);

        public abstract void Complete();

        public abstract void Fail(Exception exception);
    }

    private sealed class Write<T>(Func<IDbConnection, T> work, CancellationToken cancellationToken) : Write
    {
        private const string Savepoint = "item";
        private T? _result;
        private Exception? _failure;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run(SqliteConnection connection, SqliteTransaction transaction)
        {
            _failure = null;
            if (cancellationToken.IsCancellationRequested)
            {
                _failure = new OperationCanceledException(cancellationToken);
                return;
            }
            // Of its own effect: one that fails takes nothing of the others with it.
            transaction.Save(Savepoint);
            try
            {
                _result = work(connection);
                transaction.Release(Savepoint);
            }
            catch (Exception exception) when (exception is not SqliteException { SqliteErrorCode: 10 or 11 or 13 })
            {
                // A disk that fails or is full ends the transaction; all else is the item's own.
                _failure = exception is SqliteException failed ? StorageException.From(failed, connection.DataSource) : exception;
                transaction.Rollback(Savepoint);
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
