namespace Miosa.EndToEnd.Tests.Hostile;

/// <summary>What is told in confidence is in no log and no journal.</summary>
public sealed class SecretTests(SharedHost host)
{
    [Fact]
    public async Task Environment_input_contents_and_links_are_in_no_log_and_no_journal()
    {
        var secret = $"secret-{Guid.NewGuid():n}";
        await using var sandbox = await host.SandboxAsync(new { env = new { OF_SANDBOX = secret } });

        await sandbox.CallAsync("sandbox_exec", new { command = "cat > /dev/null", stdin = secret, env = new { OF_CALL = secret } });
        await sandbox.RefusedAsync("sandbox_exec", new { command = "true", env = $"{{\"MISTYPED\":\"{secret}\"}}" });
        await sandbox.CallAsync("sandbox_write_file", new { path = "kept", content = secret });
        var link = new Uri((string)(await sandbox.CallAsync("sandbox_download", new { path = "kept" }))["url"]!);
        using var http = new HttpClient();
        Assert.Equal(secret, (await http.GetStringAsync(link, TestContext.Current.CancellationToken)).TrimEnd('\n'));
        using var misspelt = await http.GetAsync(new Uri(link, $"/V1/Files/{link.Segments[^1]}"), TestContext.Current.CancellationToken);

        // A refused call is logged after its answer is; the next one is logged behind it.
        await sandbox.ShellAsync("true");
        var events = await sandbox.Client.CallAsync("event_list", new { device = sandbox.Id, limit = 200 });
        var log = await ReadAsync(Path.Combine(SharedHost.Home, "logs", "miosa.log"));

        Assert.Contains(sandbox.Id, events.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, events.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        Assert.DoesNotContain(link.Segments[^1], log, StringComparison.Ordinal);
    }

    private static async Task<string> ReadAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
