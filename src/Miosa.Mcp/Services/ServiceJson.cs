using System.Text.Json;
using System.Text.Json.Serialization;

namespace Miosa.Mcp.Services;

/// <summary>How a service is written into its column.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServiceSpec))]
internal sealed partial class ServiceJson : JsonSerializerContext;
