using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Calls;

public sealed class CanonicalJsonTests
{
    public static TheoryData<string, string, string> Vectors
    {
        get
        {
            using var file = typeof(CanonicalJsonTests).Assembly.GetManifestResourceStream("canonicalization_vectors.json")!;
            using var vectors = JsonDocument.Parse(file);
            return [.. vectors.RootElement.GetProperty("canonicalization_vectors").EnumerateArray().Select(vector =>
                (vector.GetProperty("name").GetString()!, vector.GetProperty("input").GetRawText(), vector.GetProperty("canonical").GetString()!))];
        }
    }

    [Theory, MemberData(nameof(Vectors))]
    public void The_published_vectors_come_out_byte_for_byte(string name, string input, string canonical)
    {
        Assert.NotEmpty(name);
        Assert.Equal(canonical, CanonicalJson.Write(JsonDocument.Parse(input).RootElement));
    }

    // Pairs of the table in RFC 8785, appendix B.
    [Theory]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    public void A_number_is_written_as_the_rfc_writes_it(string bits, string text) =>
        Assert.Equal(text, CanonicalJson.Number(BitConverter.Int64BitsToDouble(long.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));

    [Fact]
    public void Every_number_reads_back_as_itself() =>
        Prop.ForAll(ArbMap.Default.ArbFor<long>(), bits =>
        {
            var value = BitConverter.Int64BitsToDouble(bits * 7_919_777_000_101);
            return !double.IsFinite(value) || double.Parse(CanonicalJson.Number(value), CultureInfo.InvariantCulture) == value;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_canonical_stays_as_it_is_and_means_the_same() =>
        Prop.ForAll(OddTexts.Sound, OddTexts.Sound, ArbMap.Default.ArbFor<int>(), (name, text, number) =>
        {
            var value = JsonSerializer.SerializeToElement(new Dictionary<string, object?> { [name] = text, [name + "b"] = new object?[] { number, null, true, new { x = text } } });
            var canonical = CanonicalJson.Write(value);
            var read = JsonDocument.Parse(canonical).RootElement;
            return JsonElement.DeepEquals(value, read) && CanonicalJson.Write(read) == canonical;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Order_and_spelling_do_not_count_and_everything_else_does()
    {
        Assert.Equal(Hash("""{"a":1,"b":[1,2]}"""), Hash("""{ "b" : [1.0, 2e0], "\u0061" : 10e-1 }"""));

        string[] different = ["""{"a":1}""", """{"a":"1"}""", """{"a":null}""", """{"a":[1]}""", """{"a":true}""", """{"A":1}""", "{}", "[]", """[{"a":1}]"""];
        Assert.Equal(different.Length, different.Select(Hash).Distinct(StringComparer.Ordinal).Count());
        Assert.Matches("^sha256:[0-9a-f]{64}$", Hash("{}"));

        static string Hash(string json) => CanonicalJson.Hash(JsonDocument.Parse(json).RootElement);
    }

    [Fact]
    public void A_long_list_of_objects_takes_time_in_proportion()
    {
        var value = JsonSerializer.SerializeToElement(Enumerable.Range(0, 200_000).Select(i => new { i }));

        Assert.EndsWith("{\"i\":199999}]", CanonicalJson.Write(value), StringComparison.Ordinal);
    }

    [Fact]
    public void The_order_in_which_names_come_does_not_count() =>
        Prop.ForAll(OddTexts.Sound.Generator.ListOf().ToArbitrary(), ArbMap.Default.ArbFor<int>(), (names, seed) =>
        {
            var pairs = names.Distinct(StringComparer.Ordinal).Select((name, i) => (name, i)).ToList();
            var shuffled = pairs.ToArray();
            new Random(seed).Shuffle(shuffled);
            return Of(pairs) == Of(shuffled);

            static string Of(IEnumerable<(string Name, int Value)> pairs) => CanonicalJson.Write(JsonElement.Parse(
                $"{{{string.Join(',', pairs.Select(pair => $"{JsonSerializer.Serialize(pair.Name)}:{pair.Value}"))}}}"));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("""{"a":1,"a":1}""")]
    [InlineData("""{"b":0,"a":1,"\u0061":2}""")]
    [InlineData("""["\ud83d"]""")]
    [InlineData("""{"\ude00":1}""")]
    [InlineData("9007199254740993")]
    [InlineData("-9007199254740993")]
    [InlineData("123456789012345678901234567890")]
    [InlineData("1e400")]
    public void What_has_no_one_meaning_has_no_canonical_form(string json)
    {
        Assert.Throws<ArgumentException>(() => CanonicalJson.Hash(JsonElement.Parse(json)));
        Assert.True(UnsoundJson.In(JsonElement.Parse(json)));
    }

    [Fact]
    public void Bytes_that_are_no_text_have_no_canonical_form() =>
        Assert.Throws<ArgumentException>(() => CanonicalJson.Hash(JsonDocument.Parse(new byte[] { (byte)'"', 0xC3, 0x28, (byte)'"' }).RootElement));

    [Theory]
    [InlineData("9007199254740992")]
    [InlineData("295147905179352830000")]
    [InlineData("1000000000000000000000")]
    [InlineData("0.1000000000000000055")]
    public void A_number_that_a_double_holds_is_written(string json) =>
        Assert.Equal(double.Parse(json, CultureInfo.InvariantCulture), double.Parse(CanonicalJson.Write(JsonElement.Parse(json)), CultureInfo.InvariantCulture));

    [Fact]
    public void What_goes_too_deep_is_refused_and_no_stack_ends()
    {
        var options = new JsonDocumentOptions { MaxDepth = 100_000 };

        Assert.NotEmpty(CanonicalJson.Write(JsonElement.Parse(Nested(CanonicalJson.MostDepth), options)));
        Assert.Throws<ArgumentException>(() => CanonicalJson.Write(JsonElement.Parse(Nested(50_000), options)));

        static string Nested(int depth) => new string('[', depth) + new string(']', depth);
    }

    [Fact]
    public void There_is_no_canonical_form_of_infinity() =>
        Assert.Throws<ArgumentException>(() => CanonicalJson.Write(JsonDocument.Parse("1e999").RootElement));
}
