namespace Miosa.Mcp.Approvals;

/// <summary>Wakes those who wait for an answer. What they then find stands in the database.</summary>
internal sealed class ApprovalSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends at the next change. Taken before a look, so that what changes between look and wait still wakes.</summary>
    public Task Next
    {
        get
        {
            lock (_lock)
                return _next.Task;
        }
    }

    public void Raise()
    {
        TaskCompletionSource now;
        lock (_lock)
        {
            now = _next;
            _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        now.SetResult();
    }
}
