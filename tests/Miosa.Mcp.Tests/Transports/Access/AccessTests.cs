using System.Net;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Access;

namespace Miosa.Mcp.Tests.Transports.Access;

public sealed class AccessTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("wrong")]
    [InlineData("msk_u_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Without_the_right_key_nothing_is_answered_but_how_to_get_one(string? key)
    {
        await using var host = await RunningHost.StartAsync();
        using var stranger = host.NewClient(null);
        if (key is not null)
            stranger.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key}");

        using var answer = await host.PostAsync(Said.Initialize(1, "2025-11-25"), stranger);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer realm=\"miosa\"", answer.Headers.WwwAuthenticate.ToString());
        Assert.Contains("miosa serve --new-key", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Mcp-Session-Id"));
    }

    [Fact]
    public async Task A_megabyte_for_a_key_is_refused_before_it_is_read()
    {
        await using var host = await RunningHost.StartAsync();
        using var stranger = host.NewClient(new string('x', 1024 * 1024));

        using var answer = await host.PostAsync(Said.Initialize(1, "2025-11-25"), stranger);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task A_new_key_ends_the_old_one_at_once_and_outlives_the_host()
    {
        using var temporary = new TemporaryHome();
        var home = temporary.Home;
        string key;
        await using (var host = await RunningHost.StartAsync(home))
        {
            key = host.Key;
            using var before = await host.PostAsync(Said.Initialize(1, "2025-11-25"));
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);

            var answer = await HostClient.AskAsync(home, HostControl.NewKey, TestContext.Current.CancellationToken);

            using var old = await host.PostAsync(Said.Initialize(1, "2025-11-25"));
            Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
            key = answer!.Key!;
        }

        await using var keys = new AccessKeys(home, TimeProvider.System);
        Assert.IsType<Admission.Admitted>(keys.Admit(key));
    }

    [Fact]
    public async Task Only_the_hash_of_a_key_is_kept_and_only_its_owner_can_read_it()
    {
        await using var host = await RunningHost.StartAsync();

        var kept = await File.ReadAllTextAsync(host.Home.KeyFile, TestContext.Current.CancellationToken);

        Assert.StartsWith(AccessKeys.Prefix, host.Key, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Key[AccessKeys.Prefix.Length..], kept, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(host.Home.KeyFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(host.Home.Path));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:6467")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("169.254.169.254")]
    public async Task A_page_whose_name_points_at_this_machine_is_turned_away(string name)
    {
        await using var host = await RunningHost.StartAsync();
        using var client = host.NewClient(host.Key);
        client.DefaultRequestHeaders.Host = name;

        using var answer = await host.PostAsync(Said.Initialize(1, "2025-11-25"), client);
        using var health = await client.GetAsync("/healthz", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, health.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("file://localhost", HttpStatusCode.Forbidden)]
    [InlineData("http://localhost.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("http://localhost:6274", HttpStatusCode.OK)]
    [InlineData("http://127.0.0.1", HttpStatusCode.OK)]
    [InlineData("http://[::1]:3000", HttpStatusCode.OK)]
    public async Task Only_pages_of_this_machine_may_talk_to_it(string origin, HttpStatusCode expected)
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.PostAsync(Said.Initialize(1, "2025-11-25"), headers: ("Origin", origin));

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task A_name_that_was_allowed_is_answered_to()
    {
        await using var host = await RunningHost.StartAsync(options: o => o with { AllowedHosts = ["miosa.example"] });
        using var client = host.NewClient(host.Key);
        client.DefaultRequestHeaders.Host = "miosa.example:443";

        using var answer = await host.PostAsync(Said.Initialize(1, "2025-11-25"), client, headers: ("Origin", "https://miosa.example"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Health_is_told_to_anyone_and_nothing_else_is()
    {
        await using var host = await RunningHost.StartAsync();
        using var stranger = host.NewClient(null);

        Assert.Equal("ok", await stranger.GetStringAsync("/healthz", TestContext.Current.CancellationToken));
        using var elsewhere = await stranger.GetAsync("/anything", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, elsewhere.StatusCode);
    }
}
