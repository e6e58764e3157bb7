using Miosa.Mcp.Hosting;
using Miosa.Mcp.Previews;

namespace Miosa.Mcp.Tests.Previews;

public sealed class PreviewTokensTests : IDisposable
{
    private static readonly SignedGrant Grant = new("ptk_1", "3000-abcdefghjkmn", DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly TemporaryDirectory _home = new();
    private readonly PreviewTokens _tokens;

    public PreviewTokensTests() => _tokens = new PreviewTokens(new PreviewKey(new MiosaHome(_home.Path)));

    public void Dispose() => _home.Dispose();

    [Fact]
    public void What_was_written_is_read_as_it_was_also_by_the_next_host()
    {
        var token = _tokens.WriteToken(Grant);

        Assert.StartsWith("mp_", token, StringComparison.Ordinal);
        Assert.Equal(Grant, _tokens.ReadToken(token));
        Assert.Equal(Grant, new PreviewTokens(new PreviewKey(new MiosaHome(_home.Path))).ReadToken(token));
        Assert.Equal(Grant, _tokens.ReadCookie(_tokens.WriteCookie(Grant)));
    }

    [Fact]
    public void No_single_changed_character_is_taken()
    {
        var token = _tokens.WriteToken(Grant);

        for (var i = 0; i < token.Length; i++)
        {
            // The last character of the signature has bits that stand for nothing.
            if (i == token.Length - 1)
                continue;
            var changed = $"{token[..i]}{(token[i] is 'A' ? 'B' : 'A')}{token[(i + 1)..]}";
            Assert.Null(_tokens.ReadToken(changed));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("mp_")]
    [InlineData("mp_.")]
    [InlineData("mp_a.b")]
    [InlineData("mp_====.====")]
    [InlineData("mp_%00.%00")]
    public void What_was_never_written_is_not_read(string text) => Assert.Null(_tokens.ReadToken(text));

    [Fact]
    public void One_kind_is_not_taken_for_the_other_and_another_homes_not_at_all()
    {
        using var other = new TemporaryDirectory();
        var token = _tokens.WriteToken(Grant);
        var cookie = _tokens.WriteCookie(Grant);

        Assert.Null(_tokens.ReadToken(PreviewTokens.TokenPrefix + cookie));
        Assert.Null(_tokens.ReadCookie(token.AsSpan(PreviewTokens.TokenPrefix.Length).ToString()));
        Assert.Null(new PreviewTokens(new PreviewKey(new MiosaHome(other.Path))).ReadToken(token));
    }

    [Fact]
    public void The_key_is_for_its_owner_alone_and_a_damaged_one_is_said_to_be()
    {
        _tokens.WriteToken(Grant);
        var file = Path.Combine(_home.Path, "previews.key");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        File.WriteAllText(file, "short");

        Assert.Throws<InvalidDataException>(() => new PreviewTokens(new PreviewKey(new MiosaHome(_home.Path))).ReadToken("mp_YQ.YQ"));
    }
}
