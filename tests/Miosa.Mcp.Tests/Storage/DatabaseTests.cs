using System.Data;
using Dapper;
using Microsoft.Data.Sqlite;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Tests.Storage;

public sealed class DatabaseTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly TemporaryDirectory _directory = new();

    private string File => _directory.File("miosa.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_was_written_is_read_by_the_next_who_opens_the_file()
    {
        using (var database = new Database(File))
            await AddAsync(database, "a");

        using var next = new Database(File);
        Assert.Equal(["a"], await IdsAsync(next));
    }

    [Fact]
    public async Task The_files_are_their_owners_alone()
    {
        using var database = new Database(File);
        await AddAsync(database, "a");

        var files = Directory.GetFiles(_directory.Path);
        Assert.Contains(files, file => file.EndsWith("-wal", StringComparison.Ordinal));
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task One_that_fails_in_a_batch_takes_nothing_of_the_others_with_it()
    {
        using var database = new Database(File);
        using var blocked = await BlockAsync(database);

        var writes = Enumerable.Range(0, 100).Select(i => i % 10 is 5
            ? database.WriteAsync<int>(connection => { Add(connection, $"lost{i}"); throw new InvalidOperationException($"item {i}"); }, CancellationToken.None)
            : AddAsync(database, $"kept{i:00}")).ToList();
        var twice = AddAsync(database, "kept00");
        blocked.Release();

        for (var i = 0; i < 100; i++)
        {
            if (i % 10 is 5)
                Assert.Equal($"item {i}", (await Assert.ThrowsAsync<InvalidOperationException>(() => writes[i])).Message);
            else
                await writes[i];
        }
        await Assert.ThrowsAsync<SqliteException>(() => twice);
        Assert.Equal(Enumerable.Range(0, 100).Where(i => i % 10 is not 5).Select(i => $"kept{i:00}"), await IdsAsync(database));
    }

    [Fact]
    public async Task A_write_that_was_cancelled_in_the_queue_is_not_done()
    {
        using var database = new Database(File);
        using var blocked = await BlockAsync(database);
        using var cancelled = new CancellationTokenSource();

        var lost = database.WriteAsync(connection => Add(connection, "lost"), cancelled.Token);
        var kept = AddAsync(database, "kept");
        await cancelled.CancelAsync();
        blocked.Release();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        await kept;
        Assert.Equal(["kept"], await IdsAsync(database));
    }

    [Fact]
    public async Task A_file_that_another_program_holds_is_a_typed_failure_and_works_when_it_is_let_go()
    {
        using var database = new Database(File, Patience);
        await AddAsync(database, "a");
        using (Hold(File))
        {
            var failure = await Assert.ThrowsAsync<StorageException>(() => AddAsync(database, "b"));
            Assert.True(failure.IsRetryable);
            Assert.Contains("locked by another program", failure.Message, StringComparison.Ordinal);
        }

        await AddAsync(database, "c");
        Assert.Equal(["a", "c"], await IdsAsync(database));
    }

    [Fact]
    public async Task A_file_that_could_not_be_opened_is_tried_again_the_next_time()
    {
        var missing = Path.Combine(_directory.Path, "missing", "miosa.db");
        using var database = new Database(missing, Patience);
        var failure = await Assert.ThrowsAsync<StorageException>(() => AddAsync(database, "a"));
        Assert.Contains("cannot be opened", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StorageException>(() => IdsAsync(database));

        Directory.CreateDirectory(Path.GetDirectoryName(missing)!);
        await AddAsync(database, "a");
        Assert.Equal(["a"], await IdsAsync(database));
    }

    [Fact]
    public async Task A_file_that_is_held_while_it_is_first_opened_is_tried_again_the_next_time()
    {
        using var database = new Database(File, Patience);
        using (Hold(File))
            await Assert.ThrowsAsync<StorageException>(() => AddAsync(database, "a"));

        await AddAsync(database, "a");
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        var text = string.Concat(Enumerable.Repeat("This is a letter to my aunt. ", 200));
        await System.IO.File.WriteAllTextAsync(File, text);
        using var database = new Database(File, Patience);

        var failure = await Assert.ThrowsAsync<StorageException>(() => AddAsync(database, "a"));

        Assert.False(failure.IsRetryable);
        Assert.Contains("damaged", failure.Message, StringComparison.Ordinal);
        Assert.Equal(text, await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task A_file_that_was_damaged_is_a_typed_failure_for_readers_too()
    {
        using (var database = new Database(File, Patience))
        {
            for (var i = 0; i < 200; i++)
                await AddAsync(database, $"{i:000}{new string('x', 500)}");
        }
        using (var file = System.IO.File.OpenWrite(File))
        {
            // Everything but the head and the schema.
            file.Position = 4096 * 12;
            file.Write(Enumerable.Repeat((byte)0xA5, (int)(file.Length - file.Position)).ToArray());
        }

        using var damaged = new Database(File, Patience);
        Assert.Contains("damaged", (await Assert.ThrowsAsync<StorageException>(() => IdsAsync(damaged))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_refused_and_says_so()
    {
        using (var database = new Database(File))
            await database.WriteAsync(connection => connection.Execute("update schema_version set version = 999"), CancellationToken.None);

        using var older = new Database(File);
        var failure = await Assert.ThrowsAsync<StorageException>(() => AddAsync(older, "a"));

        Assert.Contains("newer version", failure.Message, StringComparison.Ordinal);
        Assert.Contains("999", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_a_typed_failure_that_loses_nothing_and_passes_when_there_is_room()
    {
        using var disk = new TinyDisk();
        await System.IO.File.WriteAllBytesAsync(disk.File("ballast"), new byte[200_000]);
        using var database = new Database(disk.File("miosa.db"), Patience);
        List<string> stored = [];
        StorageException? failure = null;
        for (var i = 0; failure is null && i < 1000; i++)
        {
            var id = $"{i:0000}{new string('x', 4000)}";
            try
            {
                await AddAsync(database, id);
                stored.Add(id);
            }
            catch (StorageException exception)
            {
                failure = exception;
            }
        }

        Assert.True(failure!.Message.Contains("full", StringComparison.Ordinal), failure.ToString());
        Assert.NotEmpty(stored);
        Assert.Equal(stored, await IdsAsync(database));

        System.IO.File.Delete(disk.File("ballast"));
        await AddAsync(database, "again");
        Assert.Equal([.. stored, "again"], await IdsAsync(database));
    }

    [Fact]
    public async Task A_disk_that_became_read_only_is_a_typed_failure()
    {
        using var disk = new TinyDisk();
        using (var database = new Database(disk.File("miosa.db"), Patience))
            await AddAsync(database, "a");
        disk.Protect();

        using var again = new Database(disk.File("miosa.db"), Patience);
        await Assert.ThrowsAsync<StorageException>(() => AddAsync(again, "b"));
    }

    [Fact]
    public async Task Two_that_open_a_new_file_at_once_make_one_database_and_both_write()
    {
        using var one = new Database(File);
        using var other = new Database(File);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => AddAsync(i % 2 is 0 ? one : other, $"{i:00}"))));

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i:00}"), await IdsAsync(one));
        Assert.Equal(await IdsAsync(one), await IdsAsync(other));
    }

    [Fact]
    public async Task Closing_finishes_what_was_asked_for_and_refuses_the_rest()
    {
        var database = new Database(File);
        var blocked = await BlockAsync(database);
        var writes = Enumerable.Range(0, 50).Select(i => AddAsync(database, $"{i:00}")).ToList();

        var closing = Task.Run(database.Dispose);
        blocked.Release();
        await closing.InTime();
        await Task.WhenAll(writes);

        Assert.True((await Assert.ThrowsAsync<StorageException>(() => AddAsync(database, "late"))).IsRetryable);
        await Assert.ThrowsAsync<StorageException>(() => IdsAsync(database));
        database.Dispose();
        using var next = new Database(File);
        Assert.Equal(50, (await IdsAsync(next)).Count);
    }

    [Fact]
    public async Task Closing_waits_for_those_who_read()
    {
        var database = new Database(File);
        await AddAsync(database, "a");
        using var reading = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var read = Task.Run(() => database.ReadAsync(
            connection =>
            {
                reading.Set();
                goOn.Wait(Bounded.Limit);
                return connection.QuerySingle<string>("select id from events");
            }, CancellationToken.None));
        reading.Wait(Bounded.Limit);

        var closing = Task.Run(database.Dispose);
        goOn.Set();

        Assert.Equal("a", await read.InTime());
        await closing.InTime();
    }

    [Fact]
    public async Task A_reader_sees_no_half_of_a_write()
    {
        using var database = new Database(File);
        using var stop = new CancellationTokenSource();
        var reader = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                Assert.Equal(0, (await IdsAsync(database)).Count % 2);
        });

        for (var i = 0; i < 200; i++)
            await database.WriteAsync(connection => Add(connection, $"a{i}") + Add(connection, $"b{i}"), CancellationToken.None);
        await stop.CancelAsync();
        await reader;
    }

    [Fact]
    public async Task The_log_is_brought_into_the_file_after_so_many_writes_however_few_commits_they_were()
    {
        using var database = new Database(File);
        var blocked = await BlockAsync(database);
        var writes = Enumerable.Range(0, 3_000).Select(i => AddAsync(database, $"{i:0000}")).ToList();
        var before = new FileInfo(File).Length;
        blocked.Release();
        await Task.WhenAll(writes).InTime();

        await Bounded.UntilAsync(() => new FileInfo(File).Length > before + 50_000);

        Assert.Equal(3_000, (await IdsAsync(database)).Count);
    }

    /// <summary>Whatever a write does, the one thread that writes goes on.</summary>
    [Fact]
    public async Task A_write_that_ends_the_transaction_under_it_fails_and_the_next_works()
    {
        using var database = new Database(File);

        await Assert.ThrowsAnyAsync<Exception>(() => database.WriteAsync(connection => connection.Execute("rollback") + Fail(), CancellationToken.None));
        await Assert.ThrowsAnyAsync<Exception>(() => database.WriteAsync(connection => connection.Execute("rollback"), CancellationToken.None));
        await AddAsync(database, "a").InTime();

        Assert.Equal(["a"], await IdsAsync(database));

        static int Fail() => throw new InvalidOperationException("and fails");
    }

    private static Task<int> AddAsync(Database database, string id) => database.WriteAsync(connection => Add(connection, id), CancellationToken.None);

    private static int Add(IDbConnection connection, string id) => connection.Execute("insert into events (id, type, at, data) values (@id, 't', 't', '{}')", new { id });

    private static Task<IReadOnlyList<string>> IdsAsync(Database database) =>
        database.ReadAsync<IReadOnlyList<string>>(connection => [.. connection.Query<string>("select id from events where data <> '' order by id")], CancellationToken.None);

    /// <summary>Another program in the middle of a write.</summary>
    private static SqliteConnection Hold(string file)
    {
        SystemSqlite.Load();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        connection.Execute("begin exclusive");
        return connection;
    }

    /// <summary>Keeps the writer busy, so that what comes after goes into one batch.</summary>
    private static async Task<SemaphoreSlim> BlockAsync(Database database)
    {
        var gate = new SemaphoreSlim(0);
        var entered = new TaskCompletionSource();
        _ = database.WriteAsync(
            _ =>
            {
                entered.SetResult();
                return gate.Wait(Bounded.Limit);
            }, CancellationToken.None);
        await entered.Task.InTime();
        return gate;
    }
}
