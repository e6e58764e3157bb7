using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Calls;

/// <summary>What is made of a method's parameters, kind by kind: the product's tools happen not to have all of them.</summary>
public sealed class ToolSchemasTests
{
    [Theory]
    [InlineData(nameof(Methods.Plain), """{"type":"object","properties":{"text":{"type":"string"},"flag":{"type":"boolean"},"number":{"type":"integer"},"long_one":{"type":"integer"},"part":{"type":"number"}},"required":["text","flag","number","long_one","part"]}""")]
    [InlineData(nameof(Methods.Absent), """{"type":"object","properties":{"text":{"type":"string"},"number":{"type":"integer"},"shade":{"type":"string","enum":["light_grey","black"]}}}""")]
    [InlineData(nameof(Methods.Default), """{"type":"object","properties":{"text":{"type":"string","default":"a \"b\""},"flag":{"type":"boolean","default":false},"number":{"type":"integer","default":-1},"part":{"type":"number","default":0.5},"shade":{"type":"string","default":"light_grey","enum":["light_grey","black"]}}}""")]
    [InlineData(nameof(Methods.Ruled), """{"type":"object","properties":{"text":{"description":"Some.","type":"string","minLength":1,"maxLength":9},"size":{"type":"string","enum":["small","large"]},"number":{"type":"integer","minimum":1,"maximum":5},"part":{"type":"number","minimum":0.5,"maximum":1.5},"names":{"type":"array","items":{"type":"string"},"minItems":2,"maxItems":3}},"required":["text","size","number","part","names"]}""")]
    [InlineData(nameof(Methods.Nested), """{"type":"object","properties":{"labels":{"type":"object","additionalProperties":{"type":"string"}},"lists":{"type":"object","additionalProperties":{"type":"array","items":{"type":"integer"}}},"parts":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"count":{"type":"integer","minimum":1,"maximum":5}},"required":["name"]}},"place":{"type":"object","properties":{"first_name":{"type":"string"},"street":{"type":"string"}},"required":["first_name"]}},"required":["labels","lists","parts","place"]}""")]
    [InlineData(nameof(Methods.None), """{"type":"object","properties":{}}""")]
    public void Every_kind_of_argument_has_one_plain_schema(string method, string schema) => Assert.Equal(schema, Schema(method).GetRawText());

    [Theory]
    [InlineData(nameof(Methods.OfAnUnknownType), "when: it is a System.DateTime")]
    [InlineData(nameof(Methods.WithAnUnknownRule), "text: it has a RegularExpressionAttribute")]
    [InlineData(nameof(Methods.WithAnUnknownBound), "time: it has a RangeAttribute")]
    [InlineData(nameof(Methods.WithNumbersForKeys), "labels: it is a")]
    [InlineData(nameof(Methods.WithoutEnd), "is nested too deep")]
    public void What_has_no_schema_is_refused_and_not_left_out(string method, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidOperationException>(() => Schema(method)).Message, StringComparison.Ordinal);

    [Fact]
    public void What_changes_something_takes_a_key() =>
        Assert.Equal(
            """{"type":"object","properties":{"idempotency_key":{"type":"string","minLength":1,"maxLength":128}}}""",
            ToolSchemas.Input("thing", [], takesKey: true).GetRawText());

    private static JsonElement Schema(string method) =>
        ToolSchemas.Input("thing", typeof(Methods).GetMethod(method)!.GetParameters(), takesKey: false);

    private enum Shade
    {
        LightGrey,
        Black,
    }

    private sealed record Place(string FirstName, string Street = "");

    private sealed record Endless
    {
        public Endless? Next { get; init; }
    }

    private static class Methods
    {
        public static void Plain(string text, bool flag, int number, long long_one, double part) => throw new NotSupportedException();

        public static void Absent(string? text = null, int? number = null, Shade? shade = null) => throw new NotSupportedException();

        public static void Default(string text = "a \"b\"", bool flag = false, int number = -1, double part = 0.5, Shade shade = Shade.LightGrey) => throw new NotSupportedException();

        public static void Ruled(
            [Description("Some."), MinLength(1), MaxLength(9)] string text, [AllowedValues("small", "large", null)] string size, [Range(1, 5)] int number, [Range(0.5, 1.5)] double part,
            [MinLength(2), MaxLength(3)] IReadOnlyList<string> names) => throw new NotSupportedException();

        public static void Nested(
            IReadOnlyDictionary<string, string> labels, IReadOnlyDictionary<string, IReadOnlyList<int>> lists, IReadOnlyList<ThingPart> parts, Place place) => throw new NotSupportedException();

        public static void None() => throw new NotSupportedException();

        public static void OfAnUnknownType(DateTime when) => throw new NotSupportedException();

        public static void WithAnUnknownRule([RegularExpression("a")] string text) => throw new NotSupportedException();

        public static void WithAnUnknownBound([Range(typeof(TimeSpan), "0", "1")] string time) => throw new NotSupportedException();

        public static void WithNumbersForKeys(IReadOnlyDictionary<int, string> labels) => throw new NotSupportedException();

        public static void WithoutEnd(Endless one) => throw new NotSupportedException();
    }
}
