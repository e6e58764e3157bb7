using System.Diagnostics;
using System.Globalization;

namespace Miosa.Bench;

/// <summary>How long something took, many times.</summary>
internal sealed class Samples
{
    private readonly Lock _lock = new();
    private readonly List<double> _milliseconds = [];

    public double P50 => Percentile(0.50);

    public double P95 => Percentile(0.95);

    public double P99 => Percentile(0.99);

    public double Max => _milliseconds.Max();

    /// <summary>Times one round; those before round 0 warm up and do not count.</summary>
    public Task TakeAsync(int round, Func<Task> work) => TakeAsync(round, Stopwatch.GetTimestamp(), work);

    /// <summary>The same, from a start that lies before.</summary>
    public async Task TakeAsync(int round, long started, Func<Task> work)
    {
        await work();
        if (round >= 0)
            Add(Stopwatch.GetElapsedTime(started));
    }

    public void Add(TimeSpan time)
    {
        lock (_lock)
            _milliseconds.Add(time.TotalMilliseconds);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"p50 {P50,7:0.00} ms  p95 {P95,7:0.00} ms  p99 {P99,7:0.00} ms  N {_milliseconds.Count,3}");

    private double Percentile(double share)
    {
        var sorted = _milliseconds.Order().ToList();
        return sorted[(int)Math.Min(sorted.Count - 1, Math.Floor(share * sorted.Count))];
    }
}
