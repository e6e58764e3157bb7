using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Templates;

namespace Miosa.Mcp.Tests.Templates;

public sealed class YamlSpecTests
{
    private static readonly string[] Pieces =
    [
        "name", "base", "packages", "files", "commands", ":", ": ", "- ", "-", "\n", "\n  ", "\n    ", "[", "]", "{", "}", ",", "\"", "'", "|", ">", "|\n", "&a", "*a", "!x", "!!int ",
        "<<", "?", "? ", "---\n", "...\n", "%YAML 1.2\n", "#", " #", "\t", "\\", "\\x", "\\U0001", "\0", "\u0085", "\u2028", "\ufeff", "\ud83d", "@", "`", "1", "0x", "~", "é", "😀",
    ];

    [Fact]
    public void Any_text_is_read_or_refused_with_what_is_wrong() =>
        Prop.ForAll(Gen.Elements(Pieces).ListOf().Select(string.Concat).ToArbitrary(), IsReadOrRefused).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000).WithEndSize(60));

    [Fact]
    public void Any_characters_are_read_or_refused_with_what_is_wrong() =>
        Prop.ForAll<string>(text => IsReadOrRefused(text ?? "")).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Theory]
    [InlineData("a: 1\nb: [2", "line")]
    [InlineData("a: 1\na: 2", "line 2: `a` is here for the second time.")]
    [InlineData("a: &x 1\nb: *x", "line 1: anchors and aliases")]
    [InlineData("a: !!int 1", "line 1: tags")]
    [InlineData("a: 1\n---\nb: 2", "a second document begins here")]
    [InlineData("", "The file is empty.")]
    [InlineData("? [a, b]\n: 1", "a field's name is a single word")]
    public void What_is_refused_is_told_with_its_place(string text, string told) =>
        Assert.Contains(told, Assert.Throws<SpecException>(() => YamlSpec.Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_text_that_goes_deeper_than_any_template_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 5_000)) + string.Concat(Enumerable.Repeat("]", 5_000));

        Assert.Contains("deeper", Assert.Throws<SpecException>(() => YamlSpec.Read(deep)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_longer_than_any_template_is_refused() =>
        Assert.Contains("is the most", Assert.Throws<SpecException>(() => YamlSpec.Read(new string('a', 300_000))).Message, StringComparison.Ordinal);

    private static bool IsReadOrRefused(string text)
    {
        try
        {
            TemplateSpecs.Read("name", YamlSpec.Read(text), mayBeDebian: true);
            return true;
        }
        catch (SpecException exception)
        {
            return exception.Problems.Count is > 0 and <= 8 && exception.Message.Length < 5_000;
        }
    }
}
