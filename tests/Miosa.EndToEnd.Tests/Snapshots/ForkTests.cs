using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Snapshots;

/// <summary>A fork gets files, and nothing by which it could pass for its source.</summary>
public abstract class ForkTests(SharedHost host)
{
    [Fact]
    public async Task Forks_begin_as_their_source_was_and_then_go_their_own_ways()
    {
        await using var sandbox = await host.SandboxAsync(new { size = "medium" });
        await sandbox.ShellAsync("echo shared > file; echo system > /etc/state", user: "root");

        var forked = await sandbox.CallAsync("sandbox_fork", new { count = 3 });
        var ids = Ids(forked);
        await Task.WhenAll(ids.Select((id, i) => ShellAsync(sandbox.Client, id, $"echo {i} >> file", "root")));
        await sandbox.ShellAsync("echo changed > file", user: "root");
        var texts = await Task.WhenAll(ids.Select(id => ShellAsync(sandbox.Client, id, "cat file /etc/state")));

        Assert.Equal(["shared\n0\nsystem", "shared\n1\nsystem", "shared\n2\nsystem"], texts);
        Assert.Equal("changed", await sandbox.ShellAsync("cat file"));
        var first = await sandbox.Client.CallAsync("sandbox_get", new { sandbox_id = ids[0] });
        Assert.Equal(("medium", (string)forked["snapshot_id"]!), ((string)first["size"]!, (string)first["forked_from"]!));
        await DestroyAsync(sandbox.Client, ids);
    }

    [Fact]
    public async Task Each_of_twenty_has_its_own_result_and_one_that_fails_does_not_take_the_others_along()
    {
        await using var sandbox = await host.SandboxAsync();
        var taken = $"taken-{Guid.NewGuid():n}";
        await using var other = await host.SandboxAsync(new { name = taken });

        var forked = await sandbox.CallAsync("sandbox_fork", new { count = 20, names = new[] { $"free-{Guid.NewGuid():n}", taken } });

        Assert.Equal(19, forked["forks"]!.AsArray().Count);
        Assert.All(forked["forks"]!.AsArray(), fork => Assert.Equal("running", (string)fork!["state"]!));
        var failure = Assert.Single(forked["failed"]!.AsArray())!;
        Assert.Equal((taken, "CONFLICT"), ((string)failure["name"]!, (string)failure["code"]!));
        var names = await Task.WhenAll(Ids(forked).Select(id => ShellAsync(sandbox.Client, id, "cat /etc/machine-id /etc/hostname")));
        Assert.Equal(19, names.Distinct().Count());
        await DestroyAsync(sandbox.Client, Ids(forked));
    }

    [Fact]
    public async Task No_variable_of_the_source_is_known_in_a_fork_and_the_answer_names_what_stayed_behind()
    {
        await using var sandbox = await host.SandboxAsync(new { env = new { API_TOKEN = "very-secret", MODE = "old" }, metadata = new { owner = "me" }, external_user_id = "user-7" });

        var forked = await sandbox.CallAsync("sandbox_fork", new { env = new { MODE = "new" } });
        var id = Ids(forked).Single();
        var got = await sandbox.Client.CallAsync("sandbox_get", new { sandbox_id = id });

        Assert.Equal("[] new", await ShellAsync(sandbox.Client, id, "echo \"[$API_TOKEN] $MODE\""));
        Assert.Equal("", await ShellAsync(sandbox.Client, id, "grep -rl 'very-secre[t]' /etc /root /home /run /workspace /tmp 2>/dev/null | cat", "root"));
        Assert.Equal(["API_TOKEN"], forked["not_carried"]!["env"]!.AsArray().Select(name => (string)name!));
        Assert.DoesNotContain("very-secret", forked.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(["MODE"], got["env_names"]!.AsArray().Select(name => (string)name!));
        Assert.Null(got["external_user_id"]);
        Assert.Empty(got["metadata"]!.AsObject());
        await DestroyAsync(sandbox.Client, [id]);
    }

    [Fact]
    public async Task A_fork_has_an_identity_of_its_own_also_where_links_stand_in_the_place_of_it()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.ShellAsync(
            """
            echo 0123456789abcdef0123456789abcdef > /workspace/stolen
            rm -f /etc/machine-id && ln -s /workspace/stolen /etc/machine-id
            mkdir -p /var/lib/dbus && echo 0123456789abcdef0123456789abcdef > /var/lib/dbus/machine-id
            ssh-keygen -A > /dev/null && cat /etc/ssh/ssh_host_ed25519_key.pub > /workspace/key
            """, user: "root");

        var id = Ids(await sandbox.CallAsync("sandbox_fork", new { names = new[] { $"named-{Guid.NewGuid():n}" } })).Single();
        var name = (string)(await sandbox.Client.CallAsync("sandbox_get", new { sandbox_id = id }))["name"]!;

        Assert.Equal(
            $"regular file\n0123456789abcdef0123456789abcdef\n{name}\n{name}",
            await ShellAsync(sandbox.Client, id, "stat -c %F /etc/machine-id; cat stolen; cat /etc/hostname; hostname"));
        Assert.Matches("^[0-9a-f]{32}$", await ShellAsync(sandbox.Client, id, "cat /etc/machine-id"));
        Assert.Equal("same", await ShellAsync(sandbox.Client, id, "cmp /etc/machine-id /var/lib/dbus/machine-id && echo same"));
        Assert.NotEqual(await sandbox.ShellAsync("cat key"), await ShellAsync(sandbox.Client, id, "cat /etc/ssh/ssh_host_ed25519_key.pub"));
        Assert.Equal("lrwxrwxrwx", (await sandbox.ShellAsync("stat -c %A /etc/machine-id")));
        await DestroyAsync(sandbox.Client, [id]);
    }

    [Fact]
    public async Task A_fork_has_no_processes_and_no_record_of_those_of_its_source()
    {
        await using var sandbox = await host.SandboxAsync();
        var running = (string)(await sandbox.CallAsync("sandbox_exec", new { command = "echo spoken; sleep 600", wait_seconds = 0 }))["process_id"]!;

        var id = Ids(await sandbox.CallAsync("sandbox_fork", new { })).Single();

        Assert.Equal("", await ShellAsync(sandbox.Client, id, "pgrep -f 'sleep 60[0]' | cat"));
        Assert.Equal("", await ShellAsync(sandbox.Client, id, "grep -rl 'spoke[n]' /run/miosa/state 2>/dev/null | cat", "root"));
        // The one that looked is all there is.
        var processes = (await sandbox.Client.CallAsync("process_list", new { sandbox_id = id }))["processes"]!.AsArray();
        Assert.DoesNotContain(running, processes.Select(process => (string)process!["process_id"]!));
        Assert.Equal("running", (string)(await sandbox.Client.CallAsync("process_output", new { process_id = running }))["status"]!);
        await DestroyAsync(sandbox.Client, [id]);
    }

    [Fact]
    public async Task A_link_into_the_source_leads_to_the_source_and_a_key_of_a_call_stays_that_of_the_call()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.ShellAsync("echo source > file");
        var link = new Uri((string)(await sandbox.CallAsync("sandbox_download", new { path = "file" }))["url"]!);
        var write = new { path = "written", content = "once", idempotency_key = $"key-{Guid.NewGuid():n}" };
        await sandbox.CallAsync("sandbox_write_file", write);

        var id = Ids(await sandbox.CallAsync("sandbox_fork", new { })).Single();
        await ShellAsync(sandbox.Client, id, "echo fork > file; rm written");
        using var http = new HttpClient();
        var fetched = await http.GetStringAsync(link, TestContext.Current.CancellationToken);
        await sandbox.CallAsync("sandbox_write_file", write);
        var reused = await sandbox.Client.RefusedAsync("sandbox_write_file", new { sandbox_id = id, write.path, write.content, write.idempotency_key });

        Assert.Equal("source\n", fetched);
        Assert.Equal("IDEMPOTENCY_CONFLICT", (string)reused["code"]!);
        Assert.Equal("no", await ShellAsync(sandbox.Client, id, "test -e written && echo yes || echo no"));
        await DestroyAsync(sandbox.Client, [id]);
    }

    [Fact]
    public async Task What_changes_in_a_fork_is_told_as_the_forks()
    {
        await using var sandbox = await host.SandboxAsync();
        var id = Ids(await sandbox.CallAsync("sandbox_fork", new { })).Single();
        var name = $"seen-{Guid.NewGuid():n}";

        await ShellAsync(sandbox.Client, id, $"touch {name}");
        var change = await EventAsync(sandbox.Client, "file.changed", line => line["data"]!.ToJsonString().Contains(name, StringComparison.Ordinal));
        var forked = await EventAsync(sandbox.Client, "sandbox.forked", line => (string)line["device"]! == id);

        Assert.Equal(id, (string)change["device"]!);
        Assert.Equal(sandbox.Id, (string)forked["data"]!["source_sandbox_id"]!);
        await DestroyAsync(sandbox.Client, [id]);
    }

    [Fact]
    public async Task A_snapshot_outlives_its_sandbox_and_can_be_forked_then()
    {
        await using var keeper = await host.SandboxAsync();
        string snapshot;
        await using (var sandbox = await host.SandboxAsync(new { size = "xs" }))
        {
            await sandbox.ShellAsync("echo kept > file");
            snapshot = (string)(await sandbox.CallAsync("sandbox_snapshot_create", new { }))["snapshot_id"]!;
        }

        var id = Ids(await keeper.Client.CallAsync("sandbox_fork", new { snapshot_id = snapshot })).Single();

        Assert.Equal("kept", await ShellAsync(keeper.Client, id, "cat file"));
        Assert.Equal("xs", (string)(await keeper.Client.CallAsync("sandbox_get", new { sandbox_id = id }))["size"]!);
        await DestroyAsync(keeper.Client, [id]);
    }

    [Fact]
    public async Task What_was_destroyed_comes_back_with_its_services_and_its_network_and_without_what_it_was_told_in_confidence()
    {
        await using var keeper = await host.SandboxAsync();
        JsonObject destroyed;
        await using (var sandbox = await host.SandboxAsync(new { network = "none", env = new { API_TOKEN = "very-secret" } }))
        {
            await sandbox.CallAsync("network_set", new { preset = "none", allow = new[] { "only.example.org" } });
            await sandbox.CallAsync("service_create", new { name = "with", command = "sleep 600", env = new { KEY = "very-secret" }, wait_seconds = 0 });
            await sandbox.CallAsync("service_create", new { name = "without", command = "sleep 600", wait_seconds = 0 });
            destroyed = await sandbox.CallAsync("sandbox_destroy", new { });
        }

        var forked = await keeper.Client.CallAsync("sandbox_fork", new { snapshot_id = (string)destroyed["undo"]!["snapshot_id"]! });
        var id = Ids(forked).Single();
        var network = await keeper.Client.CallAsync("network_get", new { sandbox_id = id });
        var services = (await keeper.Client.CallAsync("service_list", new { sandbox_id = id }))["services"]!.AsArray();

        Assert.Equal(["API_TOKEN"], forked["not_carried"]!["env"]!.AsArray().Select(name => (string)name!));
        Assert.Equal(["only.example.org"], network["allow"]!.AsArray().Select(name => (string)name!));
        Assert.Equal(["with", "without"], services.Select(service => (string)service!["name"]!).Order(StringComparer.Ordinal));
        Assert.Equal("stopped", (string)services.Single(service => (string)service!["name"]! == "with")!["state"]!);
        await DestroyAsync(keeper.Client, [id]);
    }

    [Fact]
    public async Task A_restore_that_is_refused_leaves_no_snapshot_behind()
    {
        await using var keeper = await host.SandboxAsync();
        string id, snapshot;
        await using (var sandbox = await host.SandboxAsync())
        {
            id = sandbox.Id;
            snapshot = (string)(await sandbox.CallAsync("sandbox_snapshot_create", new { }))["snapshot_id"]!;
        }
        var before = await keeper.Client.CallAsync("sandbox_snapshot_list", new { sandbox_id = id });

        var refused = await keeper.Client.RefusedAsync("sandbox_snapshot_restore", new { sandbox_id = id, snapshot_id = snapshot });

        Assert.Equal("GONE", (string)refused["code"]!);
        Assert.Equal((int)before["count"]!, (int)(await keeper.Client.CallAsync("sandbox_snapshot_list", new { sandbox_id = id }))["count"]!);
    }

    [Fact]
    public async Task A_fork_without_or_with_two_sources_or_with_too_many_names_is_refused()
    {
        await using var sandbox = await host.SandboxAsync();

        var none = await sandbox.Client.RefusedAsync("sandbox_fork", new { });
        var both = await sandbox.RefusedAsync("sandbox_fork", new { snapshot_id = "snap_x" });
        var names = await sandbox.RefusedAsync("sandbox_fork", new { names = new[] { "a", "b" } });
        var many = await sandbox.RefusedAsync("sandbox_fork", new { count = 21 });

        Assert.All([none, both, names, many], refusal => Assert.Equal("INVALID_INPUT", (string)refusal["code"]!));
    }

    internal static IReadOnlyList<string> Ids(JsonObject forked) => [.. forked["forks"]!.AsArray().Select(fork => (string)fork!["sandbox_id"]!)];

    internal static async Task<string> ShellAsync(Client client, string id, string command, string user = "agent")
    {
        var result = await client.CallAsync("sandbox_exec", new { sandbox_id = id, command, user, wait_seconds = 50 });
        Assert.True((int?)result["exit_code"] is 0, $"{command}: {result}");
        return ((string?)result["stdout"] ?? "").TrimEnd('\n');
    }

    internal static Task DestroyAsync(Client client, IEnumerable<string> ids) => Task.WhenAll(ids.Select(id => client.CallAsync("sandbox_destroy", new { sandbox_id = id })));

    private static async Task<JsonNode> EventAsync(Client client, string type, Func<JsonNode, bool> isIt)
    {
        var started = TimeProvider.System.GetTimestamp();
        var query = new JsonObject { ["types"] = new JsonArray(type), ["limit"] = 200, ["wait_seconds"] = 5 };
        while (true)
        {
            var page = await client.CallAsync("event_list", query);
            if (page["events"]!.AsArray().FirstOrDefault(line => isIt(line!)) is { } found)
                return found;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), $"No such {type}.");
            if (page["next_cursor"] is { } cursor)
                query["since"] = (string)cursor!;
        }
    }
}
