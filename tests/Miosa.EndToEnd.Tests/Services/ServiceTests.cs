using System.Text.Json.Nodes;
using Dapper;
using Miosa.EndToEnd.Tests.Sandboxes;
using Miosa.Mcp.Storage;

namespace Miosa.EndToEnd.Tests.Services;

/// <summary>Services: they come back with their sandbox and with the host, and never twice.</summary>
public sealed class ServiceTests(SharedHost host)
{
    private const string Web = "echo begun; exec python3 -u -m http.server $PORT --bind 127.0.0.1";
    private static readonly string[] Toolsets = ["--toolsets", "default,lifecycle,services"];

    [Fact]
    public async Task A_service_answers_is_seen_and_comes_back_after_a_stop()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(SharedHost.Home, Toolsets);
        await sandbox.ShellAsync("echo hello > index.html");

        var created = await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "web", command = Web, port = 8000, health_path = "/", env = new { SECRET = "very-secret" } });
        var again = await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "web", command = Web, port = 8000, health_path = "/", env = new { SECRET = "very-secret" } });
        var other = await client.RefusedAsync("service_create", new { sandbox_id = sandbox.Id, name = "web", command = "sleep 1" });
        Assert.Equal("hello", await sandbox.ShellAsync("curl -s localhost:8000"));
        await client.CallAsync("sandbox_pause", new { sandbox_id = sandbox.Id, stop = true });
        var asleep = await client.CallAsync("service_list", new { sandbox_id = sandbox.Id });
        var stillAsleep = await sandbox.CallAsync("sandbox_get", new { });
        Assert.Equal("hello", await sandbox.ShellAsync("curl -s --retry-connrefused --retry 50 --retry-delay 0 --retry-max-time 20 localhost:8000"));
        var logs = await client.CallAsync("service_logs", new { sandbox_id = sandbox.Id, name = "web", lines = 1000 });

        Assert.Equal(("running", "healthy"), ((string)created["state"]!, (string)created["health"]!));
        Assert.DoesNotContain("very-secret", created.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal((string)created["process_id"]!, (string)again["process_id"]!);
        Assert.Equal("CONFLICT", (string)other["code"]!);
        Assert.Equal("stopped", (string)asleep["services"]![0]!["state"]!);
        Assert.Equal("stopped", (string)stillAsleep["sleep"]!);
        Assert.StartsWith("begun\n", (string)logs["output"]!, StringComparison.Ordinal);
        Assert.NotEqual((string)created["process_id"]!, (string)logs["process_id"]!);
        Assert.Equal("1", await sandbox.ShellAsync("pgrep -fc [h]ttp.server"));
    }

    [Fact]
    public async Task A_stopped_service_stays_stopped_and_a_deleted_one_is_gone()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(SharedHost.Home, Toolsets);
        // It leaves a child behind that holds the port, and does not listen to SIGTERM.
        await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "web", command = "trap '' TERM; setsid python3 -m http.server $PORT & wait", port = 8000, restart_policy = "always" });

        var stopped = await client.CallAsync("service_stop", new { sandbox_id = sandbox.Id, name = "web" });
        await client.CallAsync("sandbox_pause", new { sandbox_id = sandbox.Id, stop = true });
        Assert.Equal("none", await sandbox.ShellAsync("sleep 1; curl -s localhost:8000 || echo none"));
        var started = await client.CallAsync("service_start", new { sandbox_id = sandbox.Id, name = "web" });
        var restarted = await client.CallAsync("service_restart", new { sandbox_id = sandbox.Id, name = "web", wait_seconds = 20 });
        await client.CallAsync("service_delete", new { sandbox_id = sandbox.Id, name = "web" });
        var unknown = await client.RefusedAsync("service_logs", new { sandbox_id = sandbox.Id, name = "web" });

        Assert.Equal("stopped", (string)stopped["state"]!);
        Assert.Equal("running", (string)started["state"]!);
        Assert.Equal("running", (string)restarted["state"]!);
        Assert.NotEqual((string)started["process_id"]!, (string)restarted["process_id"]!);
        Assert.Equal("NOT_FOUND", (string)unknown["code"]!);
        Assert.Equal("none", await sandbox.ShellAsync("curl -s localhost:8000 || echo none"));
    }

    [Fact]
    public async Task One_that_ends_is_started_again_as_its_policy_says_and_a_crash_loop_is_told()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(SharedHost.Home, Toolsets);

        var never = await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "never", command = "echo no; exit 3", restart_policy = "never" });
        var done = await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "done", command = "true", restart_policy = "on-failure" });
        var nowhere = await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "nowhere", command = "true", cwd = "/nowhere", restart_policy = "never" });
        var failing = await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "failing", command = "echo again; exit 1", restart_policy = "always" });
        await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "killed", command = "sleep 600", restart_policy = "always" });
        await sandbox.ShellAsync("pkill -9 -f 'sleep 600'");
        await SleepTests.EventAsync(client, sandbox.Id, "service.failed", 3);
        var list = (await client.CallAsync("service_list", new { sandbox_id = sandbox.Id }))["services"]!.AsArray();

        Assert.Equal(("error", "stopped"), ((string)never["state"]!, (string)done["state"]!));
        Assert.Contains("exited with 3", (string)never["reason"]!, StringComparison.Ordinal);
        Assert.Contains("/nowhere", (string)nowhere["reason"]!, StringComparison.Ordinal);
        Assert.Equal("starting", (string)failing["state"]!);
        var loop = Find(list, "failing");
        Assert.Equal("error", (string)loop["state"]!);
        Assert.Contains("Crash loop", (string)loop["reason"]!, StringComparison.Ordinal);
        Assert.True((int)Find(list, "killed")["restarts"]! >= 1);
        Assert.Equal("running", (string)Find(list, "killed")["state"]!);
    }

    [Fact]
    public async Task One_that_was_asked_for_twice_and_then_failed_is_told_as_failed()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(SharedHost.Home, Toolsets);

        await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "once", command = "until test -e fail; do sleep 0.05; done; exit 3", restart_policy = "never" });
        await client.CallAsync("service_start", new { sandbox_id = sandbox.Id, name = "once" });
        await sandbox.ShellAsync("touch fail");
        await SleepTests.EventAsync(client, sandbox.Id, "service.failed", 1);
        // What would overwrite it has its time.
        await client.CallAsync("event_list", new { types = new[] { "service.stopped" }, device = sandbox.Id, wait_seconds = 2 });
        var failed = (await client.CallAsync("service_list", new { sandbox_id = sandbox.Id }))["services"]![0]!;
        var events = await client.CallAsync("event_list", new { types = new[] { "service.*" }, device = sandbox.Id });

        Assert.Equal("error", (string)failed["state"]!);
        Assert.Contains("exited with 3", (string)failed["reason"]!, StringComparison.Ordinal);
        Assert.Equal(["service.created", "service.started", "service.ready", "service.exited", "service.failed"], events["events"]!.AsArray().Select(each => (string)each!["type"]!));
    }

    [Fact]
    public async Task One_whose_host_could_not_store_how_it_runs_is_looked_after_again()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        await using var server = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path, Toolsets);
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        await client.CallAsync("service_create", new { sandbox_id = id, name = "killed", command = "sleep 600", restart_policy = "always" });

        using (var database = new Database(Path.Combine(home.Path, "miosa.db")))
        {
            await database.WriteAsync(connection => connection.Execute("alter table services rename to elsewhere"), CancellationToken.None);
            await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "pkill -9 -f 'sleep 600'" });
            while (!File.ReadAllText(Path.Combine(home.Path, "logs", "miosa.log")).Contains("could not be looked after", StringComparison.Ordinal))
                await client.CallAsync("event_list", new { types = new[] { "never.happens" }, wait_seconds = 1 });
            await database.WriteAsync(connection => connection.Execute("alter table elsewhere rename to services"), CancellationToken.None);
        }
        await SleepTests.EventAsync(client, id, "service.started", 2);
        await client.CallAsync("sandbox_destroy", new { sandbox_id = id });
    }

    [Fact]
    public async Task A_killed_host_takes_up_what_runs_and_starts_nothing_twice()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var first = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path, Toolsets);
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        var created = await client.CallAsync("service_create", new { sandbox_id = id, name = "web", command = Web, port = 8000 });

        await first.KillAsync();
        var second = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        var adopted = await client.CallAsync("service_start", new { sandbox_id = id, name = "web" });
        await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "pkill -9 -f http.server" });
        // The host that took it up notices its end.
        await SleepTests.EventAsync(client, id, "service.started", 2);

        // Its machine ends while no host looks: the next starts sandbox and service when somebody comes.
        await second.KillAsync();
        home.KillSandboxes();
        await using var third = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        var woken = await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "curl -s -o /dev/null -w '%{http_code} ' --retry-connrefused --retry 50 --retry-delay 0 --retry-max-time 20 localhost:8000; pgrep -fc [h]ttp.server" });
        await client.CallAsync("sandbox_destroy", new { sandbox_id = id });

        Assert.Equal((string)created["process_id"]!, (string)adopted["process_id"]!);
        Assert.Equal("200 1\n", (string)woken["stdout"]!);
    }

    [Fact]
    public async Task A_service_in_a_frozen_sandbox_is_not_ill_and_goes_on()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(SharedHost.Home, Toolsets);
        var created = await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "web", command = Web, port = 8000, health_path = "/", health_interval_sec = 1 });

        await client.CallAsync("sandbox_pause", new { sandbox_id = sandbox.Id });
        await client.CallAsync("event_list", new { types = new[] { "never.happens" }, wait_seconds = 8 });
        var asleep = (await client.CallAsync("service_list", new { sandbox_id = sandbox.Id }))["services"]!.AsArray();
        var stillFrozen = await sandbox.CallAsync("sandbox_get", new { });
        var status = await sandbox.ShellAsync("curl -s -o /dev/null -w '%{http_code}' localhost:8000");
        var events = await client.CallAsync("event_list", new { types = new[] { "service.*" }, device = sandbox.Id });

        Assert.Equal(("running", "healthy"), ((string)asleep[0]!["state"]!, (string)asleep[0]!["health"]!));
        Assert.Equal("frozen", (string)stillFrozen["sleep"]!);
        Assert.Equal("200", status);
        Assert.Equal(["service.created", "service.started", "service.ready"], events["events"]!.AsArray().Select(each => (string)each!["type"]!));
        Assert.Equal((string)created["process_id"]!, (string)asleep[0]!["process_id"]!);
    }

    [Fact]
    public async Task A_fork_has_the_services_of_its_source_but_for_their_secrets()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(SharedHost.Home, Toolsets);
        await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "web", command = Web, port = 8000 });
        await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "keyed", command = "sleep 600", env = new { API_KEY = "very-secret" } });

        var fork = (string)(await client.CallAsync("sandbox_fork", new { sandbox_id = sandbox.Id }))["forks"]![0]!["sandbox_id"]!;
        try
        {
            var web = await client.CallAsync("service_start", new { sandbox_id = fork, name = "web", wait_seconds = 25 });
            var keyed = Find((await client.CallAsync("service_list", new { sandbox_id = fork }))["services"]!.AsArray(), "keyed");
            var environment = await client.CallAsync("sandbox_exec", new { sandbox_id = fork, command = "cat /proc/*/environ", user = "root" });

            Assert.Equal("running", (string)web["state"]!);
            Assert.Equal("stopped", (string)keyed["state"]!);
            Assert.Contains("API_KEY", (string)keyed["reason"]!, StringComparison.Ordinal);
            Assert.DoesNotContain("very-secret", environment.ToJsonString(), StringComparison.Ordinal);
        }
        finally
        {
            await client.CallAsync("sandbox_destroy", new { sandbox_id = fork });
        }
    }

    [Fact]
    public async Task One_that_answers_no_more_is_told_as_unhealthy()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(SharedHost.Home, Toolsets);
        await sandbox.ShellAsync("touch health");
        await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "web", command = Web, port = 8000, health_path = "/health", health_interval_sec = 1, restart_policy = "never" });

        await sandbox.ShellAsync("rm health");
        await SleepTests.EventAsync(client, sandbox.Id, "service.unhealthy", 1);
        var ill = (await client.CallAsync("service_list", new { sandbox_id = sandbox.Id }))["services"]!.AsArray();
        await sandbox.ShellAsync("touch health");
        await SleepTests.EventAsync(client, sandbox.Id, "service.ready", 2);

        Assert.Equal(("running", "unhealthy"), ((string)ill[0]!["state"]!, (string)ill[0]!["health"]!));
        Assert.Contains("404", (string)ill[0]!["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_stays_unhealthy_is_ended_and_started_again_also_if_it_ends_well()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var sandbox = await host.SandboxAsync();
        await using var client = await Client.StdioAsync(SharedHost.Home, Toolsets);
        await sandbox.ShellAsync("touch health");
        const string polite = "trap 'kill $!; exit 0' TERM; python3 -m http.server 8000 & wait";
        await client.CallAsync("service_create", new { sandbox_id = sandbox.Id, name = "web", command = polite, port = 8000, health_path = "/health", health_interval_sec = 1 });

        await sandbox.ShellAsync("rm health");
        await SleepTests.EventAsync(client, sandbox.Id, "service.started", 2);
        await sandbox.ShellAsync("touch health");
        await SleepTests.EventAsync(client, sandbox.Id, "service.ready", 2);

        var well = (await client.CallAsync("service_list", new { sandbox_id = sandbox.Id }))["services"]!.AsArray();
        Assert.Equal(("running", "healthy", 1), ((string)well[0]!["state"]!, (string)well[0]!["health"]!, (int)well[0]!["restarts"]!));
    }

    private static JsonNode Find(JsonArray services, string name) => services.Single(service => (string)service!["name"]! == name)!;
}
