using System.Diagnostics;
using System.Globalization;

namespace Miosa.Bench;

/// <summary>How long something took, many times.</summary>
internal sealed class Samples
{
    private readonly List<double> _milliseconds = [];

    public int Count => _milliseconds.Count;

    public double P50 => Percentile(0.50);

    public double P95 => Percentile(0.95);

    public double P99 => Percentile(0.99);

    public double Max => _milliseconds.Max();

    /// <summary>Times <paramref name="work"/> so often; the first rounds warm up and do not count.</summary>
    public static async Task<Samples> TakeAsync(int count, Func<int, Task> work, int warmUp = 3, Func<int, Task>? after = null)
    {
        var samples = new Samples();
        for (var i = -warmUp; i < count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await work(i);
            if (i >= 0)
                samples.Add(Stopwatch.GetElapsedTime(started));
            if (after is not null)
                await after(i);
        }
        return samples;
    }

    public void Add(TimeSpan time) => _milliseconds.Add(time.TotalMilliseconds);

    private double Percentile(double share)
    {
        var sorted = _milliseconds.Order().ToList();
        return sorted[(int)Math.Min(sorted.Count - 1, Math.Floor(share * sorted.Count))];
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"p50 {P50,8:0.00} ms   p95 {P95,8:0.00} ms   p99 {P99,8:0.00} ms   N {Count}");
}
