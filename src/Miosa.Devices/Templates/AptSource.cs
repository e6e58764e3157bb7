namespace Miosa.Devices.Templates;

/// <summary>One address that apt installs from, for one suite.</summary>
internal sealed record AptSource(Uri Uri, string Suite, bool HasMain)
{
    private static readonly string[] _debianSuites =
        ["oldstable", "stable", "testing", "unstable", "sid", "bullseye", "bookworm", "trixie", "forky"];

    public bool IsSecurity => Suite.EndsWith("-security", StringComparison.Ordinal);

    /// <summary>Many a foreign archive names its suite after Debian's; none lives under a path called debian and has a main.</summary>
    public bool IsDebian => HasMain
        && _debianSuites.Contains(Suite.Replace("-security", "", StringComparison.Ordinal), StringComparer.Ordinal)
        && Uri.Segments.Any(segment => segment.TrimEnd('/') is "debian" or "debian-security");

    public static IEnumerable<AptSource> Read(string text)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd()).Where(line => !line.StartsWith('#')).ToList();
        return lines.SelectMany(OneLine).Concat(Stanzas(lines).SelectMany(Stanza));
    }

    // deb [signed-by=…] http://mirror.example/debian bookworm main contrib
    private static IEnumerable<AptSource> OneLine(string line)
    {
        if (!line.StartsWith("deb ", StringComparison.Ordinal))
            return [];

        var options = line.IndexOf(']', StringComparison.Ordinal);
        var words = Words(options < 0 ? line[4..] : line[(options + 1)..]);
        return words.Length < 3 ? [] : From(words[..1], words[1..2], words[2..]);
    }

    // Types: deb / URIs: … / Suites: … / Components: …, one stanza after another
    private static IEnumerable<AptSource> Stanza(Dictionary<string, string> fields)
    {
        string[] Field(string name) => Words(fields.GetValueOrDefault(name, ""));

        return Field("Types").Contains("deb", StringComparer.Ordinal) && !Field("Enabled").Contains("no", StringComparer.OrdinalIgnoreCase)
            ? From(Field("URIs"), Field("Suites"), Field("Components"))
            : [];
    }

    private static IEnumerable<Dictionary<string, string>> Stanzas(IReadOnlyList<string> lines)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Append(""))
        {
            if (line.Length == 0)
            {
                yield return fields;
                fields = new(StringComparer.OrdinalIgnoreCase);
            }
            else if (line.Split(':', 2) is [var name, var value])
            {
                fields[name] = value;
            }
        }
    }

    private static IEnumerable<AptSource> From(string[] uris, string[] suites, string[] components) =>
        from uri in uris
        where Uri.TryCreate(uri, UriKind.Absolute, out _)
        from suite in suites
        select new AptSource(new Uri(uri), suite, components.Contains("main", StringComparer.Ordinal));

    private static string[] Words(string text) => text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
}
