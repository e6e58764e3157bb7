using System.Globalization;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Reports;

/// <summary>Problems as a compiler prints them, one a line.</summary>
public static class TextReport
{
    public static string Write(LintResult result)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var fix in result.Applied)
            text.WriteLine(Quote.Line(string.Create(CultureInfo.InvariantCulture, $"{fix.File}:{fix.Line}: mended {fix.Code}: {fix.Title}")));
        foreach (var failed in result.Failed)
            text.WriteLine(Quote.Line($"{failed.File}: not mended: {failed.Why}"));
        foreach (var problem in result.Problems)
            text.WriteLine(problem.ToString());
        text.WriteLine(Quote.Line(Summary(result)));
        return text.ToString();
    }

    private static string Summary(LintResult result)
    {
        var workspace = result.Workspace;
        var found = string.Create(CultureInfo.InvariantCulture, $"{workspace.Company.Name}: {Count(workspace.Agents.Count, "agent")}, {Count(workspace.Skills.Count, "skill")}, {Count(workspace.Runbooks.Count, "runbook")}");
        var fixable = result.Problems.Count(problem => problem.Fix is not null);
        var problems = result.Problems.Count is 0
            ? "no problems"
            : string.Join(", ", new[] { Severity.Error, Severity.Warning, Severity.Info }.Select(severity => (severity, result.Problems.Count(problem => problem.Severity == severity))).Where(count => count.Item2 > 0).Select(count => Count(count.Item2, count.severity.ToString().ToLowerInvariant())));
        return $"{found}; {problems}{(fixable > 0 ? $"; {fixable.ToString(CultureInfo.InvariantCulture)} of them `--fix` can mend" : "")}.";
    }

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count is 1 || what is "info" ? "" : "s")}");
}
