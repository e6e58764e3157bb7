using System.Text.Json.Serialization;

namespace Miosa.Mcp.Files;

/// <summary>Why a link gave nothing.</summary>
internal sealed record FileFailure(string Message, string NextStep);

/// <summary>What the file links answer.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FileDetails))]
[JsonSerializable(typeof(FileFailure))]
internal sealed partial class FileJson : JsonSerializerContext;
