using System.Text.Json;
using System.Text.Json.Serialization;

namespace Miosa.Mcp.Templates;

/// <summary>How the parts of a template are written into their columns, and hashed.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TemplateSpec))]
[JsonSerializable(typeof(LayerContent))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(UnpackReport))]
internal sealed partial class TemplateJson : JsonSerializerContext;
