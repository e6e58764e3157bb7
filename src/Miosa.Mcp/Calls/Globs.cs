namespace Miosa.Mcp.Calls;

/// <summary>Names with `*` for any run of characters.</summary>
internal static class Globs
{
    public static bool Match(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        // One step back to the last star is enough: an earlier one could take no more than the last can.
        int p = 0, n = 0, star = -1, from = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] is '*')
            {
                star = p++;
                from = n;
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++from;
            }
            else
            {
                return false;
            }
        }
        while (p < pattern.Length && pattern[p] is '*')
            p++;
        return p == pattern.Length;
    }
}
