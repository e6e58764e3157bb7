using System.Text.RegularExpressions;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Calls;

public sealed partial class ToolErrorsTests
{
    public static TheoryData<string> Codes => [.. Enum.GetNames<ToolErrorCode>()];

    [Theory, MemberData(nameof(Codes))]
    public void Every_code_has_a_word_and_a_remedy_in_sentences(string name)
    {
        var code = Enum.Parse<ToolErrorCode>(name);

        Assert.Matches(Word(), ToolErrors.Word(code));
        Assert.EndsWith(".", ToolErrors.Remediation(code), StringComparison.Ordinal);
        Assert.InRange(ToolErrors.Remediation(code).Length, 20, 200);
        Assert.Equal(ToolErrors.IsRetryable(code), new ToolFailureException(code, "m", "n").IsRetryable);
    }

    [Fact]
    public void No_two_codes_have_one_word() =>
        Assert.Equal(Enum.GetValues<ToolErrorCode>().Length, Enum.GetValues<ToolErrorCode>().Select(ToolErrors.Word).Distinct(StringComparer.Ordinal).Count());

    [Fact]
    public void What_would_only_fail_again_is_not_called_retryable()
    {
        foreach (var code in (ToolErrorCode[])[ToolErrorCode.InvalidInput, ToolErrorCode.IdempotencyConflict, ToolErrorCode.OutcomeUnknown, ToolErrorCode.Denied, ToolErrorCode.Gone])
            Assert.False(ToolErrors.IsRetryable(code), code.ToString());
    }

    [GeneratedRegex("^[A-Z]+(_[A-Z]+)*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Word();
}
