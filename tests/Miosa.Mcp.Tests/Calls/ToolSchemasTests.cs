using System.Text.Json;
using System.Text.Json.Nodes;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Calls;

/// <summary>What .NET may generate, and what every client takes of it.</summary>
public sealed class ToolSchemasTests
{
    [Theory]
    [InlineData("""{"type":["integer","null"],"default":null}""", """{"type":"integer"}""")]
    [InlineData("""{"type":["string","integer"]}""", """{"type":"integer"}""")]
    [InlineData("""{"type":["string","null"],"enum":["a","b",null]}""", """{"type":"string","enum":["a","b"]}""")]
    [InlineData("""{"type":"array","items":true}""", """{"type":"array"}""")]
    [InlineData("""{"type":"array","items":{"type":["number","null"]}}""", """{"type":"array","items":{"type":"number"}}""")]
    [InlineData("""{"type":"object","additionalProperties":false}""", """{"type":"object"}""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"string"}}""", """{"type":"object","additionalProperties":{"type":"string"}}""")]
    [InlineData("""{"type":"object","title":"X","properties":{"title":{"type":["string","null"],"title":"Y"},"default":{"type":"boolean","default":false}}}""",
        """{"type":"object","properties":{"title":{"type":"string"},"default":{"type":"boolean","default":false}}}""")]
    public void A_property_has_one_type_and_no_boolean_for_a_schema(string generated, string shown)
    {
        var schema = ToolSchemas.Input(Json($$"""{"$schema":"x","type":"object","properties":{"p":{{generated}} } }"""), new CapabilityAttribute("p", Risk.Read));

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse($$"""{"type":"object","properties":{"p":{{shown}} } }"""), JsonNode.Parse(schema.GetRawText())), schema.GetRawText());
    }

    [Fact]
    public void A_tool_without_arguments_still_has_an_object_of_them() =>
        Assert.Equal("""{"type":"object","properties":{}}""", ToolSchemas.Input(Json("""{"type":"object"}"""), new CapabilityAttribute("p", Risk.Read)).GetRawText());

    [Fact]
    public void What_was_rewritten_once_stays_as_it_is()
    {
        var capability = new CapabilityAttribute("p", Risk.Write);
        var once = ToolSchemas.Input(Json("""{"type":"object","properties":{"p":{"type":["integer","null"]}},"required":["p"]}"""), capability);

        Assert.Equal(once.GetRawText(), ToolSchemas.Input(once, capability).GetRawText());
        Assert.Equal("string", once.GetProperty("properties").GetProperty(ToolSchemas.IdempotencyKey).GetProperty("type").GetString());
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
