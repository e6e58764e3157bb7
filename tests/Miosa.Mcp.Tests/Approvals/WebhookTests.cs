using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Approvals;
using static Miosa.Mcp.Tests.Approvals.Person;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>Another program is told, signed, until it has taken it.</summary>
public sealed class WebhookTests
{
    private const string Secret = "the secret of the hook";

    [Fact]
    public async Task What_is_asked_and_decided_is_told_with_a_signature_over_time_and_body()
    {
        await using var other = await OtherAsync();
        await using var mcp = await StartAsync(other, allowPrivate: true);

        var pending = await mcp.Client.RefusedAsync("thing_remove", new { name = TestTools.Secret });
        var (signature, body) = await other.NextAsync();
        await mcp.ApproveAsync(pending);
        var (_, decided) = await other.NextAsync();

        Assert.Equal(ApprovalWebhook.Signature(Secret, body, mcp.Time.GetUtcNow()), signature);
        Assert.Matches("^t=[0-9]+,v1=[0-9a-f]{64}$", signature);
        var told = JsonNode.Parse(body)!;
        Assert.Equal(("approval.required", Id(pending)), ((string)told["type"]!, (string)told["data"]!["approval_id"]!));
        Assert.StartsWith("evt_", (string)told["id"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("swordfish", body, StringComparison.Ordinal);
        Assert.Equal("approved", (string)JsonNode.Parse(decided)!["data"]!["decision"]!);
    }

    [Fact]
    public async Task What_was_not_taken_is_told_again_later()
    {
        await using var other = await OtherAsync();
        other.Refusals = 1;
        await using var mcp = await StartAsync(other, allowPrivate: true);

        await mcp.Client.RefusedAsync("thing_remove", new { name = "thing" });
        var (_, first) = await other.NextAsync();
        await Bounded.UntilAsync(() =>
        {
            mcp.Time.Advance(TimeSpan.FromSeconds(20));
            return other.HasMore;
        });

        Assert.Equal(first, (await other.NextAsync()).Body);
    }

    [Fact]
    public async Task A_backlog_is_told_without_a_pause()
    {
        await using var other = await OtherAsync();
        await using var mcp = await StartAsync(other, allowPrivate: true);
        var deliveries = mcp.Services.GetRequiredService<DeliveryStore>();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => deliveries.AddAsync($"evt_{i:00}", "approval.required", $"{i}", TestContext.Current.CancellationToken)));

        mcp.Services.GetRequiredService<ApprovalSignal>().Raise();

        // No time passes in it.
        for (var i = 0; i < 50; i++)
            await other.NextAsync();
    }

    [Fact]
    public async Task What_was_refused_too_often_is_given_up_and_the_log_says_so()
    {
        await using var other = await OtherAsync();
        other.Refusals = 100;
        await using var mcp = await StartAsync(other, allowPrivate: true);

        await mcp.Client.RefusedAsync("thing_remove", new { name = "thing" });
        await Bounded.UntilAsync(() =>
        {
            mcp.Time.Advance(TimeSpan.FromHours(1));
            return mcp.Log.Lines.Any(line => line.Contains("is told approval.required", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task An_address_of_this_machine_is_told_nothing_unless_the_operator_says_so()
    {
        await using var other = await OtherAsync();
        await using var mcp = await StartAsync(other, allowPrivate: false);

        await mcp.Client.RefusedAsync("thing_remove", new { name = "thing" });
        await Bounded.UntilAsync(() => mcp.Log.Lines.Any(line => line.Contains("no public address", StringComparison.Ordinal)));

        Assert.False(other.HasMore);
    }

    private static async Task<McpHarness> StartAsync(Other other, bool allowPrivate)
    {
        var file = Path.Combine(other.Directory.Path, "secret");
        await File.WriteAllTextAsync(file, Secret + "\n", TestContext.Current.CancellationToken);
        return await McpHarness.StartAsync(
            mcp => mcp.Services.AddHostedService<ApprovalWebhook>(), "confirm-risky",
            [
                KeyValuePair.Create<string, string?>("Approvals:Webhook:Url", other.Url), KeyValuePair.Create<string, string?>("Approvals:Webhook:SecretFile", file),
                KeyValuePair.Create<string, string?>("Approvals:Webhook:AllowPrivate", allowPrivate ? "true" : "false"),
            ]);
    }

    private static async Task<Other> OtherAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        var app = builder.Build();
        var other = new Other(app);
        app.Run(other.TakeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return other;
    }

    /// <summary>The program that is told.</summary>
    private sealed class Other(WebApplication app) : IAsyncDisposable
    {
        private readonly Channel<(string Signature, string Body)> _told = Channel.CreateUnbounded<(string, string)>();

        public TemporaryDirectory Directory { get; } = new();

        public int Refusals { get; set; }

        public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/hook";

        public bool HasMore => _told.Reader.TryPeek(out _);

        public Task<(string Signature, string Body)> NextAsync() => _told.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().InTime();

        public async Task TakeAsync(HttpContext http)
        {
            using var reader = new StreamReader(http.Request.Body);
            var body = await reader.ReadToEndAsync(http.RequestAborted);
            http.Response.StatusCode = Refusals-- > 0 ? 503 : 204;
            _told.Writer.TryWrite((http.Request.Headers[ApprovalWebhook.SignatureHeader].ToString(), body));
        }

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            Directory.Dispose();
        }
    }
}
