namespace Miosa.Mcp.Network;

/// <summary>On whose account something is done for a sandbox.</summary>
internal readonly record struct Asker(string Workspace, string SandboxId);
