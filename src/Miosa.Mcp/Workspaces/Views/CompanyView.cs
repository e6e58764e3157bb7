using System.Globalization;
using System.Text.Json;
using Miosa.Mcp.Calls;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>What the company file says at one path.</summary>
internal sealed record CompanyView
{
    private const int Short = 60;
    private const int Most = 80;

    public required string Path { get; init; }

    public string? NextStep { get; init; }

    public string? NextCursor { get; init; }

    /// <summary>All of it, where it fits.</summary>
    public JsonElement? Value { get; init; }

    /// <summary>What is there to ask for, where it does not fit, each as `path: what it is`.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>A part of a long text.</summary>
    public string? Text { get; init; }

    public static CompanyView Of(Company company, string path, string? cursor)
    {
        var fact = company.Facts.At(path) ?? throw WorkspaceFailures.Unknown("fact at the path", path, Below(company.Facts, "").Select(field => field.Path), "company_get without a path shows the whole.");
        if (fact is Fact.Text(var text) && ResultBudget.Length(text) > Answers.Text)
        {
            var page = TextPage.Of(text, cursor, Answers.Text);
            return new CompanyView { Path = path, NextCursor = page.NextCursor, NextStep = Answers.More(page), Text = page.Text };
        }
        var json = FactJson.Write(fact);
        if (json.Length <= Answers.Text)
            return new CompanyView { Path = path, Value = FactJson.Element(fact) };
        var fields = Below(fact, path).ToList();
        var shown = LinePage.Of(fields, cursor, Most, Answers.Text, field => ResultBudget.Start($"{field.Path}: {Kind(field.Value)}", 300));
        return new CompanyView
        {
            Path = path,
            Fields = shown.Lines,
            NextCursor = shown.NextCursor,
            NextStep = "It is too long for one answer: ask for one of these paths.",
        };
    }

    private static IEnumerable<(string Path, Fact Value)> Below(Fact fact, string path)
    {
        var before = path is "" ? "" : path + ".";
        return fact switch
        {
            Fact.Map map => map.Fields.Select(field => (before + field.Key, field.Value)),
            Fact.List list => list.Items.Select((item, at) => (string.Create(CultureInfo.InvariantCulture, $"{before}{at}"), item)),
            _ => [],
        };
    }

    private static string Kind(Fact fact) => fact switch
    {
        Fact.Map map => string.Create(CultureInfo.InvariantCulture, $"{map.Fields.Count} fields"),
        Fact.List list => string.Create(CultureInfo.InvariantCulture, $"{list.Items.Count} items"),
        Fact.Text(var text) when text.Length > Short => string.Create(CultureInfo.InvariantCulture, $"text of {text.Length} characters"),
        _ => FactJson.Write(fact),
    };
}
