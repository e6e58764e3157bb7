using Miosa.Mcp.Templates;

namespace Miosa.Mcp.Tests.Templates;

public sealed class BuildLogTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _published = [];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_is_printed_is_in_the_file_and_is_published_without_what_moves_a_cursor()
    {
        await WriteAsync("one\r\n\u001b[31mtwo\u001b[0m\nthr\0ee");

        Assert.Equal("one\ntwo\nthree\n", await File.ReadAllTextAsync(File_));
        Assert.Equal(["one\ntwo\nthree\n"], _published);
    }

    [Fact]
    public async Task A_log_without_end_is_bounded_everywhere_and_says_so()
    {
        await WriteAsync([.. Enumerable.Range(0, 400).Select(number => string.Concat(Enumerable.Repeat($"line {number} of very many, all alike\n", 1_000)))]);

        Assert.InRange(new FileInfo(File_).Length, 8 << 20, (8 << 20) + 1_000);
        Assert.EndsWith("what follows was not kept)\n", await File.ReadAllTextAsync(File_), StringComparison.Ordinal);
        Assert.Equal(60, _published.Count);
        Assert.Contains("the rest of the log", _published[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_without_end_is_cut()
    {
        await WriteAsync(new string('x', 100_000));

        Assert.InRange(Assert.Single(_published).Length, 500, 510);
    }

    private string File_ => _directory.File("build.log");

    private async Task WriteAsync(params string[] texts)
    {
        await using var log = new BuildLog(File_, part =>
        {
            _published.Add(part);
            return Task.CompletedTask;
        });
        foreach (var text in texts)
            await log.AddAsync(text);
    }
}
