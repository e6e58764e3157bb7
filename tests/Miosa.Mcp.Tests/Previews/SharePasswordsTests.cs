using Miosa.Mcp.Previews;

namespace Miosa.Mcp.Tests.Previews;

public sealed class SharePasswordsTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly SharePasswords _passwords;

    public SharePasswordsTests() => _passwords = new SharePasswords(_time);

    public void Dispose() => _passwords.Dispose();

    [Fact]
    public async Task A_password_is_known_again_and_is_nowhere_in_what_is_kept()
    {
        var kept = await _passwords.HashAsync("correct horse", CancellationToken.None);

        Assert.DoesNotContain("horse", kept, StringComparison.Ordinal);
        Assert.NotEqual(kept, await _passwords.HashAsync("correct horse", CancellationToken.None));
        Assert.True(await _passwords.CheckAsync("shr_1", kept, "correct horse", CancellationToken.None));
        Assert.False(await _passwords.CheckAsync("shr_1", kept, "Correct horse", CancellationToken.None));
        Assert.False(await _passwords.CheckAsync("shr_1", kept, new string('x', 100_000), CancellationToken.None));
    }

    [Fact]
    public async Task After_ten_wrong_ones_even_the_right_one_waits_and_other_shares_do_not()
    {
        var kept = await _passwords.HashAsync("right", CancellationToken.None);
        // Too long for one, so that it costs no hash.
        var wrong = new string('x', SharePasswords.LongestPassword + 1);
        for (var i = 0; i < SharePasswords.MostAttempts; i++)
            Assert.False(await _passwords.CheckAsync("shr_1", kept, wrong, CancellationToken.None));

        Assert.Null(await _passwords.CheckAsync("shr_1", kept, "right", CancellationToken.None));
        Assert.True(await _passwords.CheckAsync("shr_2", kept, "right", CancellationToken.None));
        _time.Advance(SharePasswords.Window);
        Assert.True(await _passwords.CheckAsync("shr_1", kept, "right", CancellationToken.None));
    }
}
