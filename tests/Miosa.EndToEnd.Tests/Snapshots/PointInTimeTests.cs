namespace Miosa.EndToEnd.Tests.Snapshots;

/// <summary>A snapshot is one instant, whatever is being written.</summary>
public abstract class PointInTimeTests(SharedHost host)
{
    private const int AtOnce = 10;

    /// <summary>Two tables that every transaction changes together, with and without a log that is written ahead.</summary>
    private const string Writer = """
        import sqlite3, sys, os
        name, mode = sys.argv[1:]
        db = sqlite3.connect(name)
        db.execute(f'pragma journal_mode={mode}')
        db.execute('create table a (n integer primary key, text)')
        db.execute('create table b (n integer primary key, text)')
        db.commit()
        n = 0
        while True:
            n += 1
            for table in 'ab':
                db.execute(f'insert into {table} values (?, ?)', (n, os.urandom(2000).hex()))
                db.execute(f'delete from {table} where n < ?', (n - 200,))
            db.commit()
        """;

    private const string Checker = """
        import sqlite3
        for name in 'one.db', 'two.db':
            db = sqlite3.connect(name)
            assert db.execute('pragma integrity_check').fetchall() == [('ok',)], name
            a, b = (db.execute(f'select min(n), max(n), count(*) from {t}').fetchone() for t in 'ab')
            assert a == b and a[1] > 0, (name, a, b)
            print(a[1])
        """;

    protected virtual int Snapshots => 50;

    [Fact]
    public async Task A_database_that_is_written_all_the_while_is_sound_in_each_of_many_snapshots()
    {
        await using var sandbox = await host.SandboxAsync(new { size = "large" });
        await sandbox.CallAsync("sandbox_write_file", new { path = "write.py", content = Writer });
        await sandbox.CallAsync("sandbox_write_file", new { path = "check.py", content = Checker });
        await sandbox.CallAsync("sandbox_exec", new { command = "python3 write.py one.db wal & python3 write.py two.db delete & wait", wait_seconds = 0 });
        await sandbox.ShellAsync("until sqlite3 -readonly one.db 'select n from b limit 1' 2>/dev/null | grep -q . && sqlite3 -readonly two.db 'select n from b limit 1' 2>/dev/null | grep -q .; do :; done");

        List<string> taken = [];
        for (var i = 0; i < Snapshots; i++)
        {
            var snapshot = await sandbox.CallAsync("sandbox_snapshot_create", new { });
            Assert.Equal("ready", (string)snapshot["state"]!);
            taken.Add((string)snapshot["snapshot_id"]!);
        }
        List<int> reached = [];
        foreach (var some in taken.Chunk(AtOnce))
            reached.AddRange(await Task.WhenAll(some.Select(snapshot => CheckAsync(sandbox.Client, snapshot))));

        // It was written between them, so they are different instants.
        Assert.Equal(reached.Order(), reached);
        Assert.True(reached.Distinct().Count() > Snapshots / 2, string.Join(' ', reached));
        await using var client = await Client.StdioAsync(host.HomePath, "--toolsets", "snapshots");
        foreach (var snapshot in taken)
            await client.CallAsync("sandbox_snapshot_delete", new { snapshot_id = snapshot });
    }

    private static async Task<int> CheckAsync(Client client, string snapshot)
    {
        var fork = ForkTests.Ids(await client.CallAsync("sandbox_fork", new { snapshot_id = snapshot })).Single();
        var reached = (await ForkTests.ShellAsync(client, fork, "python3 check.py")).Split('\n');
        await ForkTests.DestroyAsync(client, [fork]);
        return int.Parse(reached[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
