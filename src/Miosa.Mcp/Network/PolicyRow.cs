namespace Miosa.Mcp.Network;

/// <summary>A policy as it was set and is stored: without what the operator adds to the presets.</summary>
internal sealed record PolicyRow(NetworkPreset Preset, IReadOnlyList<string> Allow);
