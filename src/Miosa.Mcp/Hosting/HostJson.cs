using System.Text.Json.Serialization;
using Miosa.Mcp.Transports.Access;
using Miosa.Mcp.Transports.Stdio;

namespace Miosa.Mcp.Hosting;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(HostIdentity))]
[JsonSerializable(typeof(HostStatus))]
[JsonSerializable(typeof(Hello))]
[JsonSerializable(typeof(HelloAnswer))]
[JsonSerializable(typeof(KeyFile))]
internal sealed partial class HostJson : JsonSerializerContext;
