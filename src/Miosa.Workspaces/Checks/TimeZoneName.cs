namespace Miosa.Workspaces.Checks;

/// <summary>IANA names of time zones.</summary>
internal static class TimeZoneName
{
    public static bool IsKnown(string name)
    {
        if (name is "UTC" or "Etc/UTC" or "GMT")
            return true;
        // The name becomes a path in the system's data: it is looked at before.
        if (name.Length > 50 || !char.IsAsciiLetter(name[0]) || name.Any(sign => !char.IsAsciiLetterOrDigit(sign) && sign is not ('/' or '_' or '-' or '+')) || name.Contains("//", StringComparison.Ordinal))
            return false;
        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out _);
    }
}
