namespace Miosa.Devices.Tests.Doors;

/// <summary>Waits for something to become true, and says what it was when it does not.</summary>
internal static class Wait
{
    public static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        try
        {
            while (!await holds())
                await timer.WaitForNextTickAsync(late.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException($"Waited in vain until {what}.", exception);
        }
    }

    public static Task UntilAsync(Func<bool> holds, string what) => UntilAsync(() => Task.FromResult(holds()), what);
}
