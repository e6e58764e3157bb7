namespace Miosa.Workspaces.Bridges;

/// <summary>The runtimes that a contract can be carried to.</summary>
public static class RuntimeBridges
{
    public static IReadOnlyList<IRuntimeBridge> All { get; } =
    [
        new ClaudeCodeBridge(),
        new CodexBridge(),
        new OpenCodeBridge(),
        new CursorBridge(),
        new GeminiBridge(),
        new CopilotBridge(),
        new WindsurfBridge(),
        new AiderBridge(),
        new OpenClawBridge(),
        new QwenBridge(),
        new KimiBridge(),
        new AntigravityBridge(),
    ];

    public static IRuntimeBridge? Find(string runtime) => All.FirstOrDefault(bridge => string.Equals(bridge.Runtime, runtime, StringComparison.OrdinalIgnoreCase));
}
