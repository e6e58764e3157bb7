namespace Miosa.Mcp.Calls;

/// <summary>Carries the caller from the pipeline to the tool's parameters, within one call.</summary>
internal sealed class CallScope
{
    public Caller? Caller { get; set; }
}
