namespace Miosa.Mcp.Templates;

/// <summary>What a build begins as a copy of.</summary>
internal abstract record LayerSource
{
    private LayerSource() { }

    public sealed record Layer(string Key) : LayerSource;

    /// <summary>A living sandbox, as it is at the instant that <paramref name="Keep"/> keeps it under the id it is given.</summary>
    public sealed record Device(Func<string, Task> Keep) : LayerSource;

    public sealed record Snapshot(string Id) : LayerSource;
}
