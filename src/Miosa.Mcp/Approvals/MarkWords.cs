using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>Marks as people and programs read them.</summary>
internal static class MarkWords
{
    public static string Of(Marks marks) => string.Join(", ", List(marks));

    public static IReadOnlyList<string> List(Marks marks) =>
        [.. Enum.GetValues<Marks>().Where(mark => mark is not Marks.None && marks.HasFlag(mark)).Select(mark => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(mark.ToString()))];
}
