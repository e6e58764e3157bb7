using System.Globalization;

namespace Miosa.Bench;

/// <summary>Prints what was measured beside what it is held against.</summary>
internal sealed class Report(TextWriter output)
{
    private int _missed;

    /// <summary>How many numbers were not reached.</summary>
    public int Missed => _missed;

    public void Section(string title) => output.WriteLine($"\n{title}");

    public void Samples(string name, Samples samples) => output.WriteLine($"  {name,-48} {samples}");

    public void Value(string name, string value) => output.WriteLine($"  {name,-48} {value}");

    /// <summary>A number with its bound, and whether it keeps it.</summary>
    public void Bound(string name, double value, double bound, string unit, bool atLeast = false)
    {
        var keeps = atLeast ? value >= bound : value <= bound;
        if (!keeps)
            _missed++;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-48} {value:0.##} {unit} ({(atLeast ? "≥" : "≤")} {bound:0.##})  {(keeps ? "reached" : "MISSED")}"));
    }
}
