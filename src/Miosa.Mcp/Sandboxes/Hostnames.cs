using System.Text;

namespace Miosa.Mcp.Sandboxes;

/// <summary>Makes a legal host name of whatever a person called a sandbox.</summary>
internal static class Hostnames
{
    private const int Longest = 63;

    public static string From(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name.ToLowerInvariant())
        {
            if (c is (>= 'a' and <= 'z') or (>= '0' and <= '9'))
                text.Append(c);
            else if (text.Length > 0 && text[^1] != '-')
                text.Append('-');
            if (text.Length == Longest)
                break;
        }
        var host = text.ToString().Trim('-');
        return host.Length is 0 ? "sandbox" : host;
    }
}
