using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Tests.Hosting;

public sealed partial class LogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ml-").FullName;

    [Fact]
    public void A_full_log_starts_over_and_only_a_few_are_kept()
    {
        var path = Path.Combine(_directory, "a.log");
        using (var log = new LogFile(path, maxBytes: 100, kept: 2))
        {
            for (var i = 0; i < 100; i++)
                log.Write(Encoding.UTF8.GetBytes($"entry number {i:D3}\n"));
        }

        Assert.Equal(["a.log", "a.log.1", "a.log.2"], Directory.GetFiles(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(_directory), f => Assert.InRange(new FileInfo(f).Length, 1, 100));
        Assert.EndsWith("entry number 099\n", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_entry_is_one_line_of_JSON_whatever_is_in_it()
    {
        var path = Path.Combine(_directory, "b.log");
        await using (var provider = new JsonLogProvider(path, TimeProvider.System))
        {
            var log = provider.CreateLogger("Source");
            LogNamed(log, "a\"b\nc\u001b[31m");
            LogBroken(log, new InvalidOperationException("why\nso"));
        }

        var lines = (await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.Equal(["Hello a\"b\nc\u001b[31m", "It broke"], lines.Select(l => (string)l["message"]!));
        Assert.Equal("a\"b\nc\u001b[31m", (string)lines[0]["Name"]!);
        Assert.Contains("why\nso", (string)lines[1]["exception"]!, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [LoggerMessage(LogLevel.Information, "Hello {Name}")]
    private static partial void LogNamed(ILogger logger, string name);

    [LoggerMessage(LogLevel.Error, "It broke")]
    private static partial void LogBroken(ILogger logger, Exception exception);
}
