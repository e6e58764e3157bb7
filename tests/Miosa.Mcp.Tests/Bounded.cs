namespace Miosa.Mcp.Tests;

/// <summary>Waits for the thing itself, and for no longer than a busy machine takes.</summary>
internal static class Bounded
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    extension(Task task)
    {
        public Task InTime() => task.WaitAsync(Limit, TestContext.Current.CancellationToken);
    }

    extension<T>(Task<T> task)
    {
        public Task<T> InTime() => task.WaitAsync(Limit, TestContext.Current.CancellationToken);
    }

    /// <summary>For what tells nobody when it is so: looks again whenever others had their turn.</summary>
    public static async Task UntilAsync(Func<bool> isSo)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Limit, "It did not happen in time.");
            await Task.Yield();
        }
    }
}
