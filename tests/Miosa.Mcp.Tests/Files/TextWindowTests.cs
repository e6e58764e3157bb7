using Miosa.Mcp.Files;

namespace Miosa.Mcp.Tests.Files;

public sealed class TextWindowTests
{
    private static Task<TextWindow> ReadAsync(string text, int start = 1, int lines = 100, int characters = 1000) =>
        TextWindow.ReadAsync(new StringReader(text), start, lines, characters, TestContext.Current.CancellationToken);

    [Fact]
    public async Task All_of_a_short_text_is_shown()
    {
        var window = await ReadAsync("a\nb\n");

        Assert.Equal("a\nb\n", window.Text);
        Assert.Equal((1, 2, 2, false), (window.StartLine, window.EndLine, window.TotalLines, window.More));
    }

    [Fact]
    public async Task A_range_is_shown_and_the_rest_is_counted()
    {
        var window = await ReadAsync("1\n2\n3\n4\n5", start: 2, lines: 2);

        Assert.Equal("2\n3\n", window.Text);
        Assert.Equal((2, 3, 5, true), (window.StartLine, window.EndLine, window.TotalLines, window.More));
    }

    [Fact]
    public async Task Lines_stop_before_the_answer_grows_too_long()
    {
        var window = await ReadAsync(string.Concat(Enumerable.Repeat("0123456789\n", 100)), characters: 100);

        Assert.Equal(8, window.EndLine);
        Assert.True(window.More);
        Assert.Equal(100, window.TotalLines);
    }

    [Fact]
    public async Task A_line_longer_than_an_answer_is_shown_in_part_and_named()
    {
        var window = await ReadAsync(new string('x', 100_000) + "\nnext\n", characters: 200);

        Assert.Equal([1], window.CutLines);
        Assert.InRange(window.Text.Length, 100, 201);
        Assert.True(window.More);
    }

    [Fact]
    public async Task A_start_beyond_the_end_shows_nothing_and_tells_the_count()
    {
        var window = await ReadAsync("a\nb\n", start: 9);

        Assert.Equal((9, 8, 2, ""), (window.StartLine, window.EndLine, window.TotalLines, window.Text));
    }
}
