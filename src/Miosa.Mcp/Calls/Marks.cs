namespace Miosa.Mcp.Calls;

/// <summary>What a call does that a person wants to know before, besides destroying something.</summary>
[Flags]
internal enum Marks
{
    None = 0,

    /// <summary>Costs money.</summary>
    Spend = 1,

    /// <summary>Tells somebody outside something.</summary>
    ExternalMessage = 2,

    /// <summary>Shows something to people whom nobody named.</summary>
    Publish = 4,

    /// <summary>Makes or shows what opens doors.</summary>
    Credential = 8,

    /// <summary>Makes a device that costs.</summary>
    DeviceCreate = 16,
}
