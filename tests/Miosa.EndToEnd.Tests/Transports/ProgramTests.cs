using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Miosa.EndToEnd.Tests.Transports;

/// <summary>The program's own commands, as processes, with homes that last as long as a test.</summary>
public sealed class ProgramTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _home = Directory.CreateTempSubdirectory("me-").FullName;

    // No sandbox is made here, so no template needs to be built.
    public ProgramTests() => File.WriteAllText(Path.Combine(_home, "settings.json"), """{"Sandboxes":{"BuildTemplateAtStart":false}}""");

    [Fact]
    public async Task A_second_host_is_told_who_holds_the_home()
    {
        await using var host = await MiosaProcess.ServeAsync(_home, "--http", "127.0.0.1:0");

        var (code, output) = await MiosaProcess.RunAsync("serve", "--home", _home, "--http", "none");

        Assert.Equal(1, code);
        Assert.Contains($"process {host.Id}", output, StringComparison.Ordinal);
        Assert.Contains("listening at http://127.0.0.1:", output, StringComparison.Ordinal);
        Assert.Contains("miosa stop", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_kill_the_next_host_takes_over_at_once()
    {
        await using (var first = await MiosaProcess.ServeAsync(_home, "--http", "none"))
            await first.KillAsync();

        await using var second = await MiosaProcess.ServeAsync(_home, "--http", "none");
        var (code, output) = await MiosaProcess.RunAsync("status", "--home", _home);

        Assert.Equal(0, code);
        Assert.Contains($"process {second.Id}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_is_shown_at_the_first_start_and_never_again()
    {
        string first, second;
        await using (var host = await MiosaProcess.ServeAsync(_home, "--http", "127.0.0.1:0"))
            first = await host.PrintedAsync("--transport http");
        await using (var host = await MiosaProcess.ServeAsync(_home, "--http", "127.0.0.1:0"))
            second = await host.PrintedAsync("--new-key");

        Assert.Contains("msk_u_", first, StringComparison.Ordinal);
        Assert.DoesNotContain("msk_u_", second, StringComparison.Ordinal);
        foreach (var file in Directory.GetFiles(Path.Combine(_home, "logs")))
            Assert.DoesNotContain("msk_u_", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_key_is_replaced_without_a_restart()
    {
        await using var host = await MiosaProcess.ServeAsync(_home, "--http", "127.0.0.1:0");

        var (code, output) = await MiosaProcess.RunAsync("serve", "--home", _home, "--new-key");

        Assert.Equal(0, code);
        Assert.Contains("msk_u_", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_with_a_way_out()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        var (code, output) = await MiosaProcess.RunAsync("serve", "--home", _home, "--http", $"127.0.0.1:{port}");

        Assert.Equal(1, code);
        Assert.Contains($"127.0.0.1:{port}", output, StringComparison.Ordinal);
        Assert.Contains("--http", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beyond_loopback_is_refused_until_it_is_asked_for_with_a_certificate()
    {
        var (code, output) = await MiosaProcess.RunAsync("serve", "--home", _home, "--http", "0.0.0.0:0");
        var (bare, bareOutput) = await MiosaProcess.RunAsync("serve", "--home", _home, "--http", "0.0.0.0:0", "--listen-beyond-loopback");

        Assert.Equal((1, 1), (code, bare));
        Assert.Contains("--listen-beyond-loopback", output, StringComparison.Ordinal);
        Assert.Contains("--tls-cert", bareOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_certificate_it_speaks_TLS()
    {
        var (certificate, key) = await MakeCertificateAsync();
        await using var host = await MiosaProcess.ServeAsync(_home, "--http", "0.0.0.0:0", "--listen-beyond-loopback", "--tls-cert", certificate, "--tls-key", key);
        var printed = await host.PrintedAsync("--transport http");
        var port = new Uri(printed.Split(' ').First(w => w.StartsWith("https://", StringComparison.Ordinal))).Port;

        var health = $"https://localhost:{port}/healthz";
        var (trusted, answer) = await RunAsync("curl", "--silent", "--show-error", "--cacert", certificate, health);
        var (strange, _) = await RunAsync("curl", "--silent", "--show-error", health);
        var (plain, _) = await RunAsync("curl", "--silent", "--show-error", $"http://localhost:{port}/healthz");

        Assert.Equal((0, "ok"), (trusted, answer));
        Assert.NotEqual(0, strange);
        Assert.NotEqual(0, plain);
    }

    [Fact]
    public async Task Stop_waits_until_the_host_is_gone_and_says_what_stays()
    {
        await using var host = await MiosaProcess.ServeAsync(_home, "--http", "none");

        var (code, output) = await MiosaProcess.RunAsync("stop", "--home", _home);
        var (status, _) = await MiosaProcess.RunAsync("status", "--home", _home);
        var (again, _) = await MiosaProcess.RunAsync("stop", "--home", _home);

        Assert.Equal((0, 1, 0), (code, status, again));
        Assert.Contains("Sandboxes keep running", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_ends_the_host_cleanly_and_soon_with_clients_connected(string signal)
    {
        await using var host = await MiosaProcess.ServeAsync(_home, "--http", "none");
        await using var bridge = BridgeProcess.Start(_home);
        await bridge.InitializeAsync();

        var started = TimeProvider.System.GetTimestamp();
        var code = await host.StopAsync(signal);

        Assert.Equal(0, code);
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task The_bridge_starts_a_host_that_outlives_it_and_keeps_nothing_of_the_client()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["SECRET_API_KEY"] = "not-for-the-host" };
        await using (var bridge = BridgeProcess.Start(_home, environment))
        {
            await bridge.InitializeAsync();
            Assert.Equal(0, await bridge.EndInputAsync());
        }

        var (code, output) = await MiosaProcess.RunAsync("status", "--home", _home);
        var pid = output.Split("process ")[1].Split(',')[0];
        var kept = await File.ReadAllTextAsync($"/proc/{pid}/environ", TestContext.Current.CancellationToken);
        var session = (await File.ReadAllTextAsync($"/proc/{pid}/stat", TestContext.Current.CancellationToken)).Split(')')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];

        Assert.Equal(0, code);
        Assert.DoesNotContain("not-for-the-host", kept, StringComparison.Ordinal);
        Assert.Equal(pid, session);
    }

    [Fact]
    public async Task Five_bridges_at_once_share_one_host()
    {
        var bridges = Enumerable.Range(0, 5).Select(_ => BridgeProcess.Start(_home)).ToList();
        await Task.WhenAll(bridges.Select(b => b.InitializeAsync()));

        var (_, output) = await MiosaProcess.RunAsync("status", "--home", _home);
        Assert.Contains("stdio_connections 6", output, StringComparison.Ordinal);

        foreach (var bridge in bridges)
            await bridge.DisposeAsync();
    }

    [Fact]
    public async Task When_the_host_is_killed_its_clients_go_on_with_the_next_one()
    {
        await using var bridge = BridgeProcess.Start(_home);
        await bridge.InitializeAsync();
        var (_, output) = await MiosaProcess.RunAsync("status", "--home", _home);
        var pid = output.Split("process ")[1].Split(',')[0];

        // Stopped first, so that it has the request and will never answer it.
        await KillAsync("STOP", pid);
        await bridge.SayAsync("""{"jsonrpc":"2.0","id":2,"method":"ping"}""");
        await KillAsync("KILL", pid);

        // Lost, or, where the bridge had not passed it on yet, answered by the next host.
        var second = await bridge.HearAsync(2);
        await bridge.SayAsync("""{"jsonrpc":"2.0","id":3,"method":"tools/list"}""");
        var listed = await bridge.HearAsync(3);

        Assert.True(second.ContainsKey("result") || ((string)second["error"]!["message"]!).Contains("went away", StringComparison.Ordinal), second.ToJsonString());
        Assert.NotEmpty(listed["result"]!["tools"]!.AsArray());
    }

    [Fact]
    public async Task A_client_that_only_wrote_gets_its_answers()
    {
        await using var bridge = BridgeProcess.Start(_home);
        await bridge.SayAsync(BridgeProcess.Initialize);
        await bridge.SayAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/list"}""");

        var code = await bridge.EndInputAsync();

        Assert.Equal(0, code);
        Assert.NotEmpty((await bridge.HearAsync(2))["result"]!["tools"]!.AsArray());
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    public async Task A_signal_ends_the_bridge_and_not_the_host(string signal)
    {
        await using var host = await MiosaProcess.ServeAsync(_home, "--http", "none");
        await using var bridge = BridgeProcess.Start(_home);
        await bridge.InitializeAsync();

        await KillAsync(signal, bridge.Id.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(0, await bridge.ExitAsync());

        var (code, _) = await MiosaProcess.RunAsync("status", "--home", _home);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task A_host_that_cannot_start_is_an_answer_and_not_a_silence()
    {
        await File.WriteAllTextAsync(Path.Combine(_home, "settings.json"), "{ no settings", TestContext.Current.CancellationToken);
        await using var bridge = BridgeProcess.Start(_home);

        await bridge.SayAsync(BridgeProcess.Initialize);
        var answer = await bridge.HearAsync(1);

        var (code, output) = await MiosaProcess.RunAsync("serve", "--home", _home, "--http", "none");
        Assert.Contains("console.log", (string)answer["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal(1, code);
        Assert.Contains("settings.json", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Templates":{"Most":"many"}}""", "Templates:Most")]
    [InlineData("""{"Templates":{"Most":-3}}""", "between 0 and 1000")]
    public async Task A_setting_that_cannot_be_is_named_with_its_file_and_without_a_stack_trace(string settings, string named)
    {
        await File.WriteAllTextAsync(Path.Combine(_home, "settings.json"), settings, TestContext.Current.CancellationToken);

        var (code, output) = await MiosaProcess.RunAsync("serve", "--home", _home, "--http", "none");

        Assert.Equal(1, code);
        Assert.Contains(named, output, StringComparison.Ordinal);
        Assert.Contains("settings.json", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        // A host that a bridge started outlives the bridge, also when the test failed.
        await MiosaProcess.RunAsync("stop", "--home", _home);
        Directory.Delete(_home, recursive: true);
    }

    private async Task<(string Certificate, string Key)> MakeCertificateAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var certificateFile = Path.Combine(_home, "cert.pem");
        var keyFile = Path.Combine(_home, "key.pem");
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        return (certificateFile, keyFile);
    }

    private static Task KillAsync(string signal, string pid) => RunAsync("kill", $"-{signal}", pid);

    private static async Task<(int Code, string Output)> RunAsync(string program, params IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        return (process.ExitCode, output);
    }
}
