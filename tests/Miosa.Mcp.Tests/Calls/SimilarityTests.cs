using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Calls;

public sealed class SimilarityTests
{
    private static readonly string[] Names = ["sandbox_create", "sandbox_get", "sandbox_list", "process_list", "id"];

    [Theory]
    [InlineData("sandbox_craete", "sandbox_create")]
    [InlineData("sandboxcreate", "sandbox_create")]
    [InlineData("proces_list", "process_list")]
    [InlineData("sandbox_list", "sandbox_list")]
    [InlineData("SANDBOX_LIST", null)]
    [InlineData("deploy", null)]
    [InlineData("xy", null)]
    [InlineData("", null)]
    public void What_somebody_probably_meant_is_close_to_what_was_said(string text, string? meant) =>
        Assert.Equal(meant, Similarity.Nearest(text, Names));

    [Fact]
    public void A_name_is_nearest_to_itself_and_nothing_is_near_where_there_is_nothing() =>
        Prop.ForAll(OddTexts.Any, text =>
            Similarity.Nearest(text, []) is null && (text.Length is 0 or > 128 || Similarity.Nearest(text, [.. Names, text]) == text)).QuickCheckThrowOnFailure();

    [Fact]
    public void A_monstrous_name_is_compared_with_nothing() => Assert.Null(Similarity.Nearest(new string('x', 1_000_000), Names));
}
