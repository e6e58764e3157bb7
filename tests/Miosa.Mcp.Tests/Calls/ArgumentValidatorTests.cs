using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Calls;

public sealed class ArgumentValidatorTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse(
        """
        {"type":"object","required":["text"],"properties":{
          "text":{"type":"string","minLength":1,"maxLength":5},
          "whole":{"type":"integer","minimum":-3,"maximum":3},
          "flag":{"type":"boolean"},
          "list":{"type":"array","maxItems":2,"items":{"type":"object","required":["x"],"properties":{"x":{"type":"number","minimum":0}}}},
          "map":{"type":"object","additionalProperties":{"type":"integer"}}}}
        """).RootElement;

    [Fact]
    public void Whatever_comes_is_judged_without_breaking_and_in_few_words() =>
        Prop.ForAll(Values(3).ToArbitrary(), OddTexts.Sound, (value, name) =>
        {
            var given = JsonDocument.Parse(value).RootElement;
            string[] names = ["text", "whole", "flag", "list", "map", name];
            return names.All(property => Problems((property, given)).Sum(problem => problem.Length) < 4_000);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_value_is_taken_exactly_when_it_is_allowed() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), number =>
            Problems(("text", Json("\"a\"")), ("whole", Json(JsonSerializer.Serialize(number % 8)))).Count is 0 == number % 8 is >= -3 and <= 3).QuickCheckThrowOnFailure();

    [Fact]
    public void No_more_is_said_than_somebody_mends_at_once()
    {
        var wrong = Enumerable.Range(0, 5_000).Select(i => ($"w{i}", Json("1"))).ToArray();

        Assert.InRange(Problems(wrong).Count, 2, 10);
        Assert.InRange(Problems(("text", Json("\"a\"")), ("map", JsonSerializer.SerializeToElement(Enumerable.Range(0, 5_000).ToDictionary(i => $"m{i}", _ => "x")))).Count, 2, 10);
    }

    [Fact]
    public void What_is_shown_of_a_long_value_is_short_and_splits_no_pair()
    {
        var problem = Assert.Single(Problems(("text", Json("\"a\"")), ("flag", JsonSerializer.SerializeToElement(string.Concat(Enumerable.Repeat("😀", 200_000))))));

        Assert.InRange(problem.Length, 20, 200);
        Assert.DoesNotContain("\ud83d…", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_argument_that_is_null_is_one_that_was_not_given() =>
        Assert.Empty(ArgumentValidator.Accepted(new Dictionary<string, JsonElement> { ["a"] = Json("null"), ["wait_for_previous"] = Json("true") }));

    [Fact]
    public void Deep_nesting_is_walked_to_its_end()
    {
        var deep = Json(new string('[', 64) + new string(']', 64));

        Assert.Single(Problems(("text", Json("\"a\"")), ("flag", deep)));
        Assert.False(UnsoundJson.In(deep));
    }

    private static IReadOnlyList<string> Problems(params (string Name, JsonElement Value)[] arguments) =>
        ArgumentValidator.Check(Schema, arguments.ToDictionary(argument => argument.Name, argument => argument.Value, StringComparer.Ordinal));

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static Gen<string> Values(int depth)
    {
        var leaf = Gen.OneOf(
            Gen.Elements("1", "-5", "2.5", "1e999", "99999999999999999999", "true", "null", "\"\\ud800\"", "\"\"", "{}", "[]"),
            OddTexts.Sound.Generator.Select(text => JsonSerializer.Serialize(text)));
        return depth is 0
            ? leaf
            : Gen.OneOf(
                leaf,
                Values(depth - 1).ListOf().Select(items => $"[{string.Join(',', items.Take(5))}]"),
                Values(depth - 1).ListOf().Select(items => $"{{{string.Join(',', items.Take(5).Select((item, i) => $"\"{(i % 2 is 0 ? "x" : "\\ud800")}\":{item}"))}}}"));
    }
}
