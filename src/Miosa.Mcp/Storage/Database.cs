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
    private readonly Lazy<Thread> _writer;

    public Database(string path)
    {
        SystemSqlite.Load();
        Path = path;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString();
        _writer = new Lazy<Thread>(StartWriter);
    }

    public string Path { get; }

    /// <summary>Runs <paramref name="work"/> in a transaction of its own effect: it is stored whole or not at all.</summary>
    public async Task<T> WriteAsync<T>(Func<IDbConnection, T> work, CancellationToken cancellationToken)
    {
        _ = _writer.Value;
        var write = new Write<T>(work, cancellationToken);
        _writes.Add(write, CancellationToken.None);
        return await write.Done.Task;
    }

    public async Task<T> ReadAsync<T>(Func<IDbConnection, T> work, CancellationToken cancellationToken)
    {
        _ = _writer.Value;
        await _free.WaitAsync(cancellationToken);
        var connection = _readers.TryTake(out var free) ? free : null;
        try
        {
            connection ??= Open();
            return work(connection);
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
        _writes.CompleteAdding();
        if (_writer.IsValueCreated)
            _writer.Value.Join();
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

    private Thread StartWriter()
    {
        var connection = Open();
        Migrations.Apply(connection, Path);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var thread = new Thread(() => Run(connection)) { IsBackground = true, Name = "database writer" };
        thread.Start();
        return thread;
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
            var failure = StorageException.From(exception, Path);
            foreach (var write in batch)
                write.Fail(failure);
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
                // A disk that fails or is full is no one item's fault; all else is.
                _failure = exception;
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
