namespace Miosa.Mcp.Calls;

/// <summary>Decides whether a caller may use a capability. Pure: the same question has the same answer.</summary>
internal sealed class CallPolicy
{
    /// <summary>Everything is allowed to whoever was let in, but a caller that asked to change nothing is held to it.</summary>
    public Decision Decide(Caller caller, CapabilityAttribute capability) =>
        caller.ReadOnly && capability.IsMutation
            ? new Decision.Deny("This connection is read-only.")
            : new Decision.Allow();

    /// <summary>Whether the caller sees the tool at all.</summary>
    public bool IsVisible(Caller caller, CapabilityAttribute capability) =>
        IsInToolset(caller, capability) && !(caller.ReadOnly && capability.IsMutation);

    /// <summary>Whether the caller's scopes open it and it chose the toolset it belongs to; of the others nothing is told.</summary>
    public bool IsInToolset(Caller caller, CapabilityAttribute capability) => Scopes.Allows(caller, capability) && (caller.Toolsets.Count is 0
        ? capability.Toolset is CapabilityAttribute.DefaultToolset
        : caller.Toolsets.Contains(capability.Toolset) || caller.Toolsets.Contains("all"));
}
