using System.ComponentModel;
using Miosa.Mcp.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Conformance.Fixtures;

/// <summary>One tool for each kind of answer.</summary>
[McpServerToolType]
internal sealed class ContentTools(TimeProvider time)
{
    private const string SchemaToolName = "json_schema_2020_12_tool";

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    [McpServerTool(Name = "test_simple_text"), Capability("test_simple_text", Risk.Read), Description("Answers with text.")]
    public static string SimpleText() => "This is a simple text response for testing.";

    [McpServerTool(Name = "test_image_content"), Capability("test_image_content", Risk.Read), Description("Answers with an image.")]
    public static ImageContentBlock Image() => Samples.Image();

    [McpServerTool(Name = "test_audio_content"), Capability("test_audio_content", Risk.Read), Description("Answers with audio.")]
    public static AudioContentBlock Audio() => Samples.Audio();

    [McpServerTool(Name = "test_embedded_resource"), Capability("test_embedded_resource", Risk.Read), Description("Answers with an embedded resource.")]
    public static EmbeddedResourceBlock Resource() => Samples.Resource("test://embedded-resource", "This is an embedded resource content.");

    [McpServerTool(Name = "test_multiple_content_types"), Capability("test_multiple_content_types", Risk.Read), Description("Answers with text, an image and a resource.")]
    public static IReadOnlyList<ContentBlock> Mixed() =>
    [
        Samples.Text("Multiple content types test:"),
        Samples.Image(),
        Samples.Resource("test://mixed-content-resource", """{"test":"data","value":123}"""),
    ];

    [McpServerTool(Name = "test_error_handling"), Capability("test_error_handling", Risk.Read), Description("Always fails.")]
    public static string Fail() => throw new McpException("This tool intentionally returns an error for testing");

    [McpServerTool(Name = "test_header_tool"), Capability("test_header_tool", Risk.Read), Description("Has an argument that is repeated in a header.")]
    public static string Header([McpHeader("Region"), Description("Where to run.")] string region, [Description("What to run.")] string query) => $"{query} ran in {region}";

    [McpServerTool(Name = "test_reconnection"), Capability("test_reconnection", Risk.Read), Description("Answers at once.")]
    public static string Reconnection() => "Reconnection test completed successfully";

    [McpServerTool(Name = "test_tool_with_progress"), Capability("test_tool_with_progress", Risk.Read), Description("Reports progress three times.")]
    public async Task<string> Progress(IProgress<ProgressNotificationValue> progress, CancellationToken cancellationToken)
    {
        foreach (var done in (int[])[0, 50, 100])
        {
            progress.Report(new ProgressNotificationValue { Progress = done, Total = 100 });
            await Task.Delay(Step, time, cancellationToken);
        }

        return "Progress was reported";
    }

    /// <summary>Carries every keyword of the newest JSON Schema through to the list.</summary>
    public static McpServerTool SchemaTool()
    {
        var tool = McpServerTool.Create(static () => "The schema was kept", new McpServerToolCreateOptions
        {
            Name = SchemaToolName,
            Description = "Tool with JSON Schema 2020-12 features",
            Metadata = [new CapabilityAttribute(SchemaToolName, Risk.Read)],
        });
        tool.ProtocolTool.InputSchema = Schema();
        return tool;
    }

    private static System.Text.Json.JsonElement Schema() =>
        System.Text.Json.JsonElement.Parse("""
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "$defs": {
                "address": {
                  "$anchor": "addressDef",
                  "type": "object",
                  "properties": { "street": { "type": "string" }, "city": { "type": "string" } }
                }
              },
              "properties": {
                "name": { "type": "string" },
                "address": { "$ref": "#/$defs/address" },
                "contactMethod": { "type": "string", "enum": ["phone", "email"] },
                "phone": { "type": "string" },
                "email": { "type": "string" }
              },
              "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
              "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
              "then": { "required": ["phone"] },
              "else": { "required": ["email"] },
              "additionalProperties": false
            }
            """);
}
