using System.Globalization;

namespace Miosa.Workspaces.Reading;

/// <summary>Collects what is wrong with one file, up to a bound.</summary>
internal sealed class ProblemList(SourceText source, int most)
{
    private readonly List<Problem> _problems = [];
    private readonly List<Problem> _strict = [];
    private int _more;
    private int _moreStrict;

    /// <summary>Whether something that was written could not be read, so that what is missing may be there.</summary>
    public bool IsDamaged { get; set; }

    public void Error(string code, int at, string what, string mend, Fix? fix = null) => Add(_problems, ref _more, code, Severity.Error, at, what, mend, fix);

    public void Warning(string code, int at, string what, string mend, Fix? fix = null) => Add(_problems, ref _more, code, Severity.Warning, at, what, mend, fix);

    public void Info(string code, int at, string what, string mend, Fix? fix = null) => Add(_problems, ref _more, code, Severity.Info, at, what, mend, fix);

    /// <summary>What is wrong only by the letter of a specification.</summary>
    public void Strict(string code, int at, string what, string mend, Fix? fix = null) => Add(_strict, ref _moreStrict, code, Severity.Error, at, what, mend, fix);

    public IReadOnlyList<Problem> StrictOnes() => WithRest(_strict, _moreStrict);

    public IReadOnlyList<Problem> All() => WithRest(_problems, _more);

    private IReadOnlyList<Problem> WithRest(List<Problem> problems, int more)
    {
        if (more is 0)
            return problems;
        return
        [
            .. problems,
            new Problem
            {
                Code = Codes.MoreProblems, Severity = Severity.Error, File = source.Path, Line = 1, Column = 1,
                What = string.Create(CultureInfo.InvariantCulture, $"there are {more} more problems in this file."), Mend = "mend those above, then check again.",
            },
        ];
    }

    private void Add(List<Problem> problems, ref int more, string code, Severity severity, int at, string what, string mend, Fix? fix)
    {
        if (problems.Count >= most)
        {
            more++;
            return;
        }
        var (line, column) = source.Locate(at);
        problems.Add(new Problem { Code = code, Severity = severity, File = source.Path, Line = line, Column = column, What = what, Mend = mend, Fix = fix });
    }
}
