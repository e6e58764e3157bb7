using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>What people write under a heading where others write a field.</summary>
internal static class SectionItems
{
    public static IReadOnlyList<string> Of(string body, IReadOnlyList<Section> sections, params ReadOnlySpan<string> titles)
    {
        foreach (var title in titles)
        {
            foreach (var section in sections)
            {
                if (section.Title.Equals(title, StringComparison.OrdinalIgnoreCase))
                    return Markdown.Items(Text(body, section));
            }
        }
        return [];
    }

    /// <summary>Under the heading, without it.</summary>
    public static ReadOnlySpan<char> Text(string body, Section section)
    {
        var text = body.AsSpan(section.Start, section.Length);
        return text.IndexOf('\n') is >= 0 and var end ? text[(end + 1)..] : [];
    }
}
