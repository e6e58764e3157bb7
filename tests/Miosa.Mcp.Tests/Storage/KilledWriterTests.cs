using System.Diagnostics;
using System.Globalization;
using Dapper;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Tests.Storage;

public sealed class KilledWriterTests
{
    private const string Place = "MIOSA_TEST_WRITER";

    [Fact]
    public async Task What_was_acknowledged_is_there_after_kill_9()
    {
        using var directory = new TemporaryDirectory();
        var acknowledged = directory.File("acknowledged");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, Environment = { [Place] = directory.Path } };
        if (Path.GetFileNameWithoutExtension(start.FileName) is "dotnet")
            start.ArgumentList.Add(typeof(KilledWriterTests).Assembly.Location);
        foreach (var argument in (string[])["-explicit", "only", "-method", $"{typeof(KilledWriterTests).FullName}.{nameof(Writes_until_it_is_killed)}"])
            start.ArgumentList.Add(argument);
        using var writer = Process.Start(start)!;
        try
        {
            await Bounded.UntilAsync(() => writer.HasExited || (File.Exists(acknowledged) && new FileInfo(acknowledged).Length > 5_000));
            Assert.False(writer.HasExited, "The writer ended by itself.");
        }
        finally
        {
            writer.Kill();
            await writer.WaitForExitAsync().InTime();
        }

        // The last line may be half of one.
        var promised = (await File.ReadAllTextAsync(acknowledged)).Split('\n')[..^1];
        using var database = new Database(directory.File("miosa.db"));
        var stored = await database.ReadAsync(connection => connection.Query<string>("select id from events").ToHashSet(StringComparer.Ordinal), CancellationToken.None);

        Assert.NotEmpty(promised);
        Assert.Equal([], promised.Except(stored, StringComparer.Ordinal));
        Assert.Equal("ok", await database.ReadAsync(connection => connection.QuerySingle<string>("pragma integrity_check"), CancellationToken.None));
    }

    /// <summary>The other process of the test above.</summary>
    [Fact(Explicit = true)]
    public async Task Writes_until_it_is_killed()
    {
        var directory = Environment.GetEnvironmentVariable(Place);
        Assert.SkipWhen(directory is null, "It is started by the test that kills it.");
        using var database = new Database(Path.Combine(directory!, "miosa.db"));
        await using var acknowledged = new StreamWriter(Path.Combine(directory!, "acknowledged")) { AutoFlush = true };
        var last = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                var id = Interlocked.Increment(ref last).ToString("D8", CultureInfo.InvariantCulture);
                await database.WriteAsync(connection => connection.Execute("insert into events (id, type, at, data) values (@id, 't', 't', '{}')", new { id }), CancellationToken.None);
                lock (acknowledged)
                    acknowledged.Write(id + "\n");
            }
        })));
    }
}
