using System.Text.Json;
using System.Text.Json.Serialization;

namespace Miosa.Workspaces.Reports;

/// <summary>Problems for programs.</summary>
public static class JsonReport
{
    public static string Write(LintResult result) => JsonSerializer.Serialize(
        new ReportDocument
        {
            Company = result.Workspace.Company.Name,
            Fingerprint = result.Workspace.Fingerprint,
            Dialects = result.Workspace.Dialects,
            Agents = result.Workspace.Agents.Count,
            Skills = result.Workspace.Skills.Count,
            Runbooks = result.Workspace.Runbooks.Count,
            Errors = result.Problems.Count(problem => problem.Severity is Severity.Error),
            Warnings = result.Problems.Count(problem => problem.Severity is Severity.Warning),
            Problems = result.Problems,
            Mended = result.Applied,
            NotMended = result.Failed,
            ExitCode = result.ExitCode,
        },
        ReportJson.Default.ReportDocument) + "\n";
}

/// <summary>The document.</summary>
internal sealed record ReportDocument
{
    public required string Company { get; init; }
    public required string Fingerprint { get; init; }
    public required IReadOnlyList<Dialect> Dialects { get; init; }
    public required int Agents { get; init; }
    public required int Skills { get; init; }
    public required int Runbooks { get; init; }
    public required int Errors { get; init; }
    public required int Warnings { get; init; }
    public required IReadOnlyList<Problem> Problems { get; init; }
    public required IReadOnlyList<AppliedFix> Mended { get; init; }
    public required IReadOnlyList<FailedFix> NotMended { get; init; }
    public required int ExitCode { get; init; }
}

/// <summary>The reports as JSON, made when the program was.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReportDocument))]
[JsonSerializable(typeof(SarifLog))]
internal sealed partial class ReportJson : JsonSerializerContext;
