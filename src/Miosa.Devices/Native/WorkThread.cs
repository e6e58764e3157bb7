using System.Collections.Concurrent;

namespace Miosa.Devices.Native;

/// <summary>One thread for work that changes what the thread itself is, and so must not be done on the pool's.</summary>
internal sealed class WorkThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WorkThread(string name, Action? prepare = null)
    {
        _thread = new Thread(() => Run(prepare)) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Runs <paramref name="work"/> on the thread, after everything asked before it.</summary>
    public async Task<T> RunAsync<T>(Func<T> work)
    {
        await _ready.Task;
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return await done.Task;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run(Action? prepare)
    {
        try
        {
            prepare?.Invoke();
            _ready.SetResult();
        }
        catch (Exception exception)
        {
            _ready.SetException(exception);
            return;
        }
        foreach (var work in _work.GetConsumingEnumerable())
            work();
    }
}
