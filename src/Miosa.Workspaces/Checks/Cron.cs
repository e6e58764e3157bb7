using System.Globalization;

namespace Miosa.Workspaces.Checks;

/// <summary>Schedules of five fields: minute, hour, day of the month, month, day of the week.</summary>
internal static class Cron
{
    private static readonly (string Name, int Least, int Most, string[] Words)[] Parts =
    [
        ("minute", 0, 59, []),
        ("hour", 0, 23, []),
        ("day of the month", 1, 31, []),
        ("month", 1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        ("day of the week", 0, 7, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ];

    private static readonly Dictionary<string, string> Nicknames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@hourly"] = "0 * * * *",
        ["@daily"] = "0 0 * * *",
        ["@midnight"] = "0 0 * * *",
        ["@weekly"] = "0 0 * * 0",
        ["@monthly"] = "0 0 1 * *",
        ["@yearly"] = "0 0 1 1 *",
        ["@annually"] = "0 0 1 1 *",
    };

    /// <summary>The five fields, or what is wrong.</summary>
    public static (string? Fields, string? Fault) Check(string text)
    {
        if (text.Length > 200)
            return (null, "it is longer than any schedule");
        if (Nicknames.TryGetValue(text.Trim(), out var fields))
            return (fields, null);
        var parts = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Parts.Length)
            return (null, string.Create(CultureInfo.InvariantCulture, $"it has {parts.Length} fields, not 5"));
        for (var i = 0; i < parts.Length; i++)
        {
            if (Fault(parts[i], Parts[i]) is { } fault)
                return (null, fault);
        }
        // A day that no such month has: it would never come.
        if (parts[4] is "*" && int.TryParse(parts[2], CultureInfo.InvariantCulture, out var day) && int.TryParse(parts[3], CultureInfo.InvariantCulture, out var month) && day > DateTime.DaysInMonth(2024, month))
            return (null, string.Create(CultureInfo.InvariantCulture, $"month {month} has no day {day}"));
        return (string.Join(' ', parts), null);
    }

    private static string? Fault(string field, (string Name, int Least, int Most, string[] Words) part)
    {
        foreach (var piece in field.Split(','))
        {
            var step = piece.Split('/');
            if (step.Length > 2 || step.Length is 2 && (!int.TryParse(step[1], NumberStyles.None, CultureInfo.InvariantCulture, out var every) || every is < 1 || every > part.Most))
                return $"the {part.Name} `{piece}` has a step that is none";
            if (step[0] is "*")
                continue;
            var ends = step[0].Split('-');
            if (ends.Length > 2 || Array.Exists(ends, end => Number(end, part) is null))
                return string.Create(CultureInfo.InvariantCulture, $"`{piece}` is no {part.Name} ({part.Least} to {part.Most})");
            if (ends.Length is 2 && Number(ends[0], part) > Number(ends[1], part))
                return $"the {part.Name} `{piece}` ends before it begins";
        }
        return null;
    }

    private static int? Number(string text, (string Name, int Least, int Most, string[] Words) part)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number >= part.Least && number <= part.Most ? number : null;
        return Array.FindIndex(part.Words, word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase)) is >= 0 and var index ? index + part.Least : null;
    }
}
