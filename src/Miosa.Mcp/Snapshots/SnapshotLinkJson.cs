using System.Text.Json.Serialization;

namespace Miosa.Mcp.Snapshots;

/// <summary>A snapshot that came in.</summary>
internal sealed record SnapshotImported(string SnapshotId, string State);

/// <summary>Why a link gave nothing.</summary>
internal sealed record SnapshotLinkFailure(string Message, string NextStep);

/// <summary>What the links to snapshots answer.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SnapshotImported))]
[JsonSerializable(typeof(SnapshotLinkFailure))]
internal sealed partial class SnapshotLinkJson : JsonSerializerContext;
