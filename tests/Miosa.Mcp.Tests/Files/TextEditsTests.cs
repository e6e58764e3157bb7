using Miosa.Mcp.Calls;
using Miosa.Mcp.Files;

namespace Miosa.Mcp.Tests.Files;

public sealed class TextEditsTests
{
    private const string Program = "def add(a, b):\n    return a - b\n\ndef sub(a, b):\n    return a - b\n";

    [Fact]
    public void Edits_are_made_in_order_and_counted()
    {
        var (text, replacements) = TextEdits.Apply("one two", [new() { OldText = "one", NewText = "two" }, new() { OldText = "two", NewText = "x", ReplaceAll = true }]);

        Assert.Equal("x x", text);
        Assert.Equal(3, replacements);
    }

    [Fact]
    public void An_edit_that_matches_twice_says_on_which_lines()
    {
        var failure = Assert.Throws<ToolFailureException>(() => TextEdits.Apply(Program, [new() { OldText = "return a - b", NewText = "return a + b" }]));

        Assert.Equal(ToolErrorCode.PreconditionFailed, failure.Code);
        Assert.Contains("2 times", failure.Message, StringComparison.Ordinal);
        Assert.Contains("lines 2, 5", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_edit_that_does_not_match_shows_the_nearest_text_and_its_line()
    {
        var failure = Assert.Throws<ToolFailureException>(() => TextEdits.Apply(Program, [new() { OldText = "def sub(a,  b):\n  return a - b", NewText = "" }]));

        Assert.Contains("line 4", failure.NextStep, StringComparison.Ordinal);
        Assert.Contains("def sub(a, b):\n    return a - b", failure.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void When_the_last_edit_fails_the_first_is_named_as_not_made()
    {
        var failure = Assert.Throws<ToolFailureException>(() => TextEdits.Apply(Program, [new() { OldText = "def add", NewText = "def plus" }, new() { OldText = "nowhere", NewText = "x" }]));

        Assert.Contains("Nothing was changed: edit 2 of 2", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("same", "same")]
    public void An_edit_that_says_nothing_is_refused(string oldText, string newText) =>
        Assert.Throws<ToolFailureException>(() => TextEdits.Apply("same", [new() { OldText = oldText, NewText = newText }]));
}
