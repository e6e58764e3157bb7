namespace Miosa.Mcp.Templates;

/// <summary>The way out that a sandbox has while a template is built in it: where packages come from, and nothing else.</summary>
internal sealed class BuildNetwork
{
    /// <summary>Opens it. What it leads to is decided by the host, never by the template.</summary>
    public Func<string, CancellationToken, Task<BuildRoute>> OpenAsync { get; set; } = (_, _) => Task.FromResult(BuildRoute.None);
}

/// <summary>A way out that is open until it is disposed.</summary>
internal class BuildRoute(IReadOnlyDictionary<string, string> environment) : IAsyncDisposable
{
    public static BuildRoute None { get; } = new(new Dictionary<string, string>());

    /// <summary>What tells programs of it.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; } = environment;

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
