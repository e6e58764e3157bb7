using System.Collections.Concurrent;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>Which sandboxes run, as far as they have been told of or asked for, so that a request need not ask; and wakes those that do not.</summary>
internal sealed class SandboxPresence
{
    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly SandboxService _sandboxes;
    private readonly TimeProvider _time;

    public SandboxPresence(SandboxService sandboxes, TimeProvider time)
    {
        _sandboxes = sandboxes;
        _time = time;
        sandboxes.Changed += Follow;
    }

    /// <summary>Has the sandbox of a preview running.</summary>
    /// <exception cref="ToolFailureException">It is gone, or does not start.</exception>
    public async ValueTask WakeAsync(PreviewRow preview, CancellationToken cancellationToken)
    {
        var known = _known.GetValueOrDefault(preview.SandboxId);
        // Whoever freezes it says so before, and looks afterwards for visitors; this one has been noted as a use already.
        if (known?.Row.State is SandboxState.Running && _sandboxes.AwakeAsync(preview.SandboxId, CancellationToken.None).IsCompleted)
            return;
        // The rest asks the disk, and may not hold up those whose sockets wait on the same thread.
        await Task.Yield();
        var row = await _sandboxes.GetAsync(new Caller { Principal = $"preview:{preview.Id}", Transport = "preview", Kind = CallerKind.Host, Workspace = preview.Workspace }, preview.SandboxId, cancellationToken);
        var wasRunning = row.State is SandboxState.Running;
        row = await _sandboxes.WakeAsync(row, cancellationToken);
        _known[row.Id] = new Known(row, wasRunning ? known?.Since : _time.GetTimestamp());
    }

    /// <summary>Forgets what it knows, because a connection says otherwise.</summary>
    public void Doubt(string sandboxId)
    {
        if (_known.TryGetValue(sandboxId, out var known))
            _known.TryUpdate(sandboxId, known with { Row = known.Row with { State = SandboxState.Paused } }, known);
    }

    /// <summary>How long ago a visitor woke it, and with it its servers; null where none did.</summary>
    public TimeSpan? WokenFor(string sandboxId) => _known.TryGetValue(sandboxId, out var known) && known.Since is { } since ? _time.GetElapsedTime(since) : null;

    private void Follow(SandboxRow row)
    {
        if (row.State is SandboxState.Destroyed)
            _known.TryRemove(row.Id, out _);
        else
            _known.AddOrUpdate(row.Id, static (_, now) => new Known(now, null), static (_, known, now) => new Known(now, now.State is SandboxState.Running ? known.Since : null), row);
    }

    private sealed record Known(SandboxRow Row, long? Since);
}
