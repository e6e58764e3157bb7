using Miosa.Workspaces.Checks;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>Reads when something happens. What cannot be read never happens by itself.</summary>
internal static class SchedulePart
{
    /// <param name="file">The file.</param>
    /// <param name="entry">A cron text, or a map with one.</param>
    /// <param name="zone">A time zone that stands beside it.</param>
    public static Schedule? Read(PartContext file, YamlEntry? entry, YamlEntry? zone = null)
    {
        switch (entry?.Value)
        {
            case null or YamlNode.Scalar { IsNull: true }:
                return null;
            case YamlNode.Map map:
                var fields = new Fields(map, file.Problems);
                var cron = fields.Take("cron", "cronExpression", "expression", "schedule");
                zone = fields.Take("timezone", "tz") ?? zone;
                var expires = fields.Text("expires", "until");
                fields.Rest();
                if (cron?.Value is YamlNode.Scalar five)
                    return From(file, five, zone, expires);
                file.Problems.Error(Codes.BadCron, map.At, "the schedule has no `cron`; it never comes.", "write `cron: \"0 9 * * 1\"`.");
                return null;
            case YamlNode.Scalar text:
                return From(file, text, zone, expires: null);
            default:
                file.Problems.Error(Codes.BadCron, entry.Value.Value.At, "this is no schedule; it never comes.", "write five fields: `\"0 9 * * 1\"`.");
                return null;
        }
    }

    private static Schedule? From(PartContext file, YamlNode.Scalar cron, YamlEntry? zone, string? expires)
    {
        var (fields, fault) = Cron.Check(cron.Value);
        if (fields is null)
        {
            file.Problems.Error(Codes.BadCron, cron.At, $"{Quote.Of(cron.Value)} is no schedule: {fault}; it never comes.", "write minute, hour, day of the month, month and day of the week, such as `\"0 9 * * 1-5\"`.");
            return null;
        }
        var name = zone?.Value is YamlNode.Scalar { IsNull: false } word ? word.Value.Trim() : "UTC";
        if (name.Length > 0 && TimeZoneName.IsKnown(name))
            return new Schedule(fields, name, expires);
        file.Problems.Error(Codes.UnknownTimeZone, zone!.Value.Value.At, $"{Quote.Of(name)} is no time zone that this machine knows; the schedule never comes.", "write a name like Europe/Vienna, or UTC.");
        return null;
    }
}
