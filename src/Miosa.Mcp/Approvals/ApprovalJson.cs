using System.Text.Json;
using System.Text.Json.Serialization;

namespace Miosa.Mcp.Approvals;

/// <summary>How the parts of a request are written into their columns.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Binding))]
[JsonSerializable(typeof(CallFacts))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, JsonElement>))]
internal sealed partial class ApprovalJson : JsonSerializerContext;
