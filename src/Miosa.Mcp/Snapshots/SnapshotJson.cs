using System.Text.Json;
using System.Text.Json.Serialization;
using Miosa.Devices;

namespace Miosa.Mcp.Snapshots;

/// <summary>How the parts of a snapshot are written into their columns.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(DeviceSize))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
