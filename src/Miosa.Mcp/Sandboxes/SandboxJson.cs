using System.Text.Json;
using System.Text.Json.Serialization;
using Miosa.Devices;

namespace Miosa.Mcp.Sandboxes;

/// <summary>How the parts of a sandbox are written into their columns.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SandboxRequest))]
[JsonSerializable(typeof(DeviceSize))]
[JsonSerializable(typeof(StartedDevice))]
[JsonSerializable(typeof(PendingRestore))]
internal sealed partial class SandboxJson : JsonSerializerContext;
