using System.Text.Json;
using System.Text.Json.Serialization;

namespace Miosa.Workspaces.Reports;

/// <summary>Problems as SARIF 2.1.0, which code hosts show beside the lines.</summary>
public static class SarifReport
{
    public static string Write(LintResult result, string version)
    {
        var codes = result.Problems.Select(problem => problem.Code).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var log = new SarifLog
        {
            Runs =
            [
                new SarifRun
                {
                    Tool = new SarifTool { Driver = new SarifDriver { Version = version, Rules = [.. codes.Select(code => new SarifRule { Id = code, ShortDescription = new SarifText(CodeTitles.Of(code)) })] } },
                    Results = [.. result.Problems.Select(problem => From(problem, codes))],
                },
            ],
        };
        return JsonSerializer.Serialize(log, ReportJson.Default.SarifLog) + "\n";
    }

    private static SarifResult From(Problem problem, List<string> codes) => new()
    {
        RuleId = problem.Code,
        RuleIndex = codes.IndexOf(problem.Code),
        Level = problem.Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "note" },
        Message = new SarifText($"{problem.What} Mend: {problem.Mend}"),
        Locations =
        [
            new SarifLocation(new SarifPhysicalLocation(
                new SarifArtifact(problem.File is "" ? "." : string.Join('/', problem.File.Split('/').Select(Uri.EscapeDataString)), "%SRCROOT%"),
                new SarifRegion(problem.Line, problem.Column))),
        ],
    };
}

/// <summary>The parts of SARIF that are written.</summary>
internal sealed record SarifLog
{
    [JsonPropertyName("$schema")]
    public string Schema { get; init; } = "https://json.schemastore.org/sarif-2.1.0.json";

    public string Version { get; init; } = "2.1.0";
    public required IReadOnlyList<SarifRun> Runs { get; init; }
}

internal sealed record SarifRun
{
    public required SarifTool Tool { get; init; }
    public string ColumnKind { get; init; } = "utf16CodeUnits";
    public required IReadOnlyList<SarifResult> Results { get; init; }
}

internal sealed record SarifTool
{
    public required SarifDriver Driver { get; init; }
}

internal sealed record SarifDriver
{
    public string Name { get; init; } = "miosa workspace check";
    public required string Version { get; init; }
    public required IReadOnlyList<SarifRule> Rules { get; init; }
}

internal sealed record SarifRule
{
    public required string Id { get; init; }
    public required SarifText ShortDescription { get; init; }
}

internal sealed record SarifText(string Text);

internal sealed record SarifResult
{
    public required string RuleId { get; init; }
    public required int RuleIndex { get; init; }
    public required string Level { get; init; }
    public required SarifText Message { get; init; }
    public required IReadOnlyList<SarifLocation> Locations { get; init; }
}

internal sealed record SarifLocation(SarifPhysicalLocation PhysicalLocation);

internal sealed record SarifPhysicalLocation(SarifArtifact ArtifactLocation, SarifRegion Region);

internal sealed record SarifArtifact(string Uri, string UriBaseId);

internal sealed record SarifRegion(int StartLine, int StartColumn);
