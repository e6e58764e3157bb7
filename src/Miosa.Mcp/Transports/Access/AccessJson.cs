using System.Text.Json.Serialization;

namespace Miosa.Mcp.Transports.Access;

/// <summary>What the endpoints for tokens read and write. A word that is not known is refused: it may have been meant to narrow the token.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenMade))]
[JsonSerializable(typeof(TokenPage))]
[JsonSerializable(typeof(TokenFailure))]
internal sealed partial class AccessJson : JsonSerializerContext;
