using System.Globalization;

namespace Miosa.Bench;

/// <summary>Prints what was measured beside what it is held against.</summary>
internal sealed class Report(TextWriter output)
{
    private readonly List<string> _missed = [];
    private int _bounds;

    public void Note(string text) => output.WriteLine(text);

    public void Machine()
    {
        var memory = File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, {long.Parse(memory, CultureInfo.InvariantCulture) / 1024.0 / 1024:0.0} GiB, load {load} before the start"));
    }

    public void Section(string title) => output.WriteLine($"\n{title}");

    public void Samples(string name, Samples samples) => output.WriteLine($"  {name,-52} {samples}");

    /// <summary>The same beside the bare thing.</summary>
    public void Samples(string name, Samples samples, Samples bare) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-52} {samples}   {samples.P50 / bare.P50:0.00} × bare"));

    public void Value(string name, double value, string unit) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-52} {value:0.##} {unit}"));

    /// <summary>A number with its bound, and whether it keeps it.</summary>
    public void Bound(string name, double value, double bound, string unit, bool atLeast = false)
    {
        _bounds++;
        var keeps = atLeast ? value >= bound : value <= bound;
        var line = string.Create(CultureInfo.InvariantCulture, $"{name,-52} {value:0.##} {unit} (at {(atLeast ? "least" : "most")} {bound:0.##})");
        output.WriteLine($"  {line}  {(keeps ? "reached" : "MISSED")}");
        if (!keeps)
            _missed.Add(line);
    }

    /// <returns>Whether all bounds were reached.</returns>
    public bool Summary()
    {
        output.WriteLine(_missed.Count is 0 ? $"\nAll {_bounds} bounds reached." : $"\nMISSED {_missed.Count} of {_bounds} bounds:");
        foreach (var line in _missed)
            output.WriteLine($"  {line}");
        return _missed.Count is 0;
    }
}
