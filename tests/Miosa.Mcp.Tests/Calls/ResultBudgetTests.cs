using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Calls;

public sealed class ResultBudgetTests
{
    [Fact]
    public void A_text_is_as_long_as_an_answer_writes_it() =>
        Prop.ForAll(OddTexts.Any, text => ResultBudget.Length(text) == Written(text)).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_character_costs_what_it_is_written_with()
    {
        for (var c = 0; c <= char.MaxValue; c++)
        {
            if (!char.IsSurrogate((char)c))
                Assert.Equal(Written(((char)c).ToString()), ResultBudget.Length(((char)c).ToString()));
        }
    }

    [Fact]
    public void The_beginning_of_a_text_fits_splits_no_pair_and_is_as_much_as_fits() =>
        Prop.ForAll(OddTexts.Sound, ArbMap.Default.ArbFor<byte>(), (text, budget) =>
        {
            var start = ResultBudget.Start(text, budget);
            var next = start.Length < text.Length ? char.IsHighSurrogate(text[start.Length]) ? 2 : 1 : 0;
            return text.StartsWith(start, StringComparison.Ordinal) && Written(start) <= budget && IsSound(start)
                && (next is 0 || Written(text[..(start.Length + next)]) > budget);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_first_characters_of_a_text_split_no_pair() =>
        Prop.ForAll(OddTexts.Sound, ArbMap.Default.ArbFor<byte>(), (text, most) =>
        {
            var first = ResultBudget.First(text, most);
            return text.StartsWith(first, StringComparison.Ordinal) && IsSound(first) && first.Length <= most && first.Length >= Math.Min(text.Length, most - 1);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_end_of_a_text_fits_and_splits_no_pair() =>
        Prop.ForAll(OddTexts.Sound, ArbMap.Default.ArbFor<byte>(), (text, budget) =>
        {
            var end = ResultBudget.End(text, budget);
            return text.EndsWith(end, StringComparison.Ordinal) && Written(end) <= budget && IsSound(end)
                && (Written(text) > budget || end == text);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Halves_of_pairs_break_neither_end() =>
        Prop.ForAll(OddTexts.Any, ArbMap.Default.ArbFor<byte>(), (text, budget) =>
            Written(ResultBudget.Start(text, budget)) <= budget && Written(ResultBudget.End(text, budget)) <= budget).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("one\ntwo\nthree", 5, "three")]
    [InlineData("one\ntwo\nthree", 6, "three")]
    [InlineData("one\ntwo\nthree", 9, "three")]
    [InlineData("one\ntwo\nthree", 10, "two\nthree")]
    [InlineData("one\ntwo\nthree", 100, "one\ntwo\nthree")]
    [InlineData("one", 2, "ne")]
    [InlineData("one\n", 1, "")]
    [InlineData("one\n", 0, "")]
    [InlineData("", 0, "")]
    public void The_end_begins_with_a_whole_line_where_one_fits(string text, int budget, string end) =>
        Assert.Equal(end, ResultBudget.End(text, budget));

    private static int Written(string text) => JsonSerializer.Serialize(text, Wire.Options).Length - 2;

    private static bool IsSound(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) ? ++i >= text.Length || !char.IsLowSurrogate(text[i]) : char.IsLowSurrogate(text[i]))
                return false;
        }
        return true;
    }
}
