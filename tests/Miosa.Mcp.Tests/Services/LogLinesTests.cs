using Miosa.Mcp.Services;

namespace Miosa.Mcp.Tests.Services;

public sealed class LogLinesTests
{
    [Theory]
    [InlineData("", 5, "")]
    [InlineData("a\n", 1, "a\n")]
    [InlineData("a\nb\nc\n", 2, "b\nc\n")]
    [InlineData("a\nb\nc", 2, "b\nc")]
    [InlineData("a\nb\n", 9, "a\nb\n")]
    [InlineData("\n\n\n", 2, "\n\n")]
    [InlineData("no end", 1, "no end")]
    public void The_last_lines_are_given_as_they_are(string text, int lines, string last) => Assert.Equal(last, LogLines.Last(text, lines));
}
