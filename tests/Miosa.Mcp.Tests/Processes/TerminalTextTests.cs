using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Processes;

namespace Miosa.Mcp.Tests.Processes;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("\u001b[31mred\u001b[0m", "red")]
    [InlineData("\u001b]0;title\u0007text", "text")]
    [InlineData("\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link")]
    [InlineData("\u001b]52;c;ZXZpbA==", "")]
    [InlineData("10%\r50%\r100%\n", "100%\n")]
    [InlineData("dos\r\n", "dos\n")]
    [InlineData("be\u0007ll \u0000nul", "bell nul")]
    [InlineData("tab\tstays\n", "tab\tstays\n")]
    [InlineData("grüße 漢字 🙂", "grüße 漢字 🙂")]
    public void What_a_terminal_would_swallow_is_gone(string written, string shown) =>
        Assert.Equal(shown, TerminalText.Clean(Encoding.UTF8.GetBytes(written)));

    [Fact]
    public void No_bytes_leave_a_control_character_behind() =>
        Prop.ForAll<byte[]>(bytes => TerminalText.Clean(bytes).All(c => !char.IsControl(c) || c is '\n' or '\t')).QuickCheckThrowOnFailure();

    [Fact]
    public void Cleaning_twice_changes_nothing_more_for_plain_text() =>
        Prop.ForAll<NonNull<string>>(text =>
        {
            var once = TerminalText.Clean(Encoding.UTF8.GetBytes(text.Get));
            return TerminalText.Clean(Encoding.UTF8.GetBytes(once)) == once;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_text_is_not_binary_and_an_executable_is()
    {
        Assert.False(TerminalText.IsBinary(Encoding.UTF8.GetBytes("plain text, grüße")));
        Assert.True(TerminalText.IsBinary([0x7F, (byte)'E', (byte)'L', (byte)'F', 0]));
        Assert.True(TerminalText.IsBinary([0xFF, 0xFE, 0xC0, 0xC1, 0x80, 0x81]));
    }

    [Fact]
    public void A_text_cut_inside_its_last_character_is_still_text() =>
        Assert.False(TerminalText.IsBinary(Encoding.UTF8.GetBytes("a long enough text 漢").AsSpan()[..^1]));
}
