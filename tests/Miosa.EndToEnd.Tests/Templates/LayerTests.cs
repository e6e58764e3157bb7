using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Templates;

public sealed class LayerTests(SharedHost host)
{
    [Fact]
    public async Task A_layer_is_built_on_its_base_and_the_base_only_once()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        var (low, high) = (world.Name("low"), world.Name("high"));
        await world.BuiltAsync(low, Spec(files: [("/workspace/low.txt", "low")], commands: ["date +%s%N >/workspace/built-low; exit 0"]));

        var first = await world.BuiltAsync(high, Spec(low, files: [("/usr/local/bin/high", "#!/bin/sh\necho high\n")], commands: ["cat low.txt >high.txt"]));
        await using var one = await world.SandboxAsync(high);
        var second = await world.BuiltAsync(high, Spec(low, commands: ["echo changed >high.txt"]));
        await using var two = await world.SandboxAsync(high);

        Assert.Equal(("low\nhigh", low), (await one.ShellAsync("cat high.txt low.txt >/dev/null; cat low.txt; echo; cat /usr/local/bin/high | sed -n 's/echo //p'"), (string)first["base"]!));
        Assert.Equal("changed", await two.ShellAsync("cat high.txt"));
        Assert.Equal(await one.ShellAsync("cat built-low"), await two.ShellAsync("cat built-low"));
        Assert.Equal("agent\nagent\nroot", await one.ShellAsync("stat -c %U low.txt built-low /usr/local/bin/high"));
        Assert.Equal(1, await BuildsOfAsync(world, low));
        Assert.Equal(2, await BuildsOfAsync(world, high));
        Assert.Equal("built", (string)second["state"]!);
    }

    [Fact]
    public async Task One_that_can_never_be_built_does_not_take_the_place_of_one_that_is()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        var (low, high) = (world.Name("low"), world.Name("high"));
        await world.BuiltAsync(low, Spec(commands: ["true"]));
        await world.BuiltAsync(high, Spec(low, commands: ["true"]));

        var baseless = await world.Client.RefusedAsync("sandbox_template_create", new { name = low, build_spec = Spec("no-such", commands: ["true"]) });
        var circular = await world.Client.RefusedAsync("sandbox_template_create", new { name = low, build_spec = Spec(high, commands: ["true"]) });

        Assert.All([baseless, circular], refusal => Assert.Equal("PRECONDITION_FAILED", (string)refusal["code"]!));
        foreach (var name in new[] { low, high })
            Assert.Equal("built", (string)(await world.Client.CallAsync("sandbox_template_get", new { template_id = name }))["state"]!);
    }

    [Fact]
    public async Task A_sandbox_can_be_destroyed_while_its_template_is_still_being_built()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        var name = world.Name("slow");
        await world.Client.CallAsync("sandbox_template_create", new { name, build_spec = Spec(commands: ["sleep 45"]), wait_seconds = 0 });
        var created = await world.Client.CallAsync("sandbox_create", new { template_id = name });

        var destroyed = await world.Client.CallAsync("sandbox_destroy", new { sandbox_id = (string)created["sandbox_id"]! });
        var template = await world.Client.CallAsync("sandbox_template_get", new { template_id = name });

        Assert.Equal(("provisioning", "destroyed", "building"), ((string)created["state"]!, (string)destroyed["state"]!, (string)template["state"]!));
        await world.EndedAsync(template);
    }

    [Fact]
    public async Task What_asks_for_the_same_again_builds_nothing()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        var name = world.Name("same");
        await world.BuiltAsync(name, Spec(commands: ["true"]));

        var again = await world.Client.CallAsync("sandbox_template_create", new { name, build_spec = Spec(commands: ["true"]), wait_seconds = 0 });

        Assert.Equal("built", (string)again["state"]!);
        Assert.Equal(1, await BuildsOfAsync(world, name));
    }

    [Fact]
    public async Task A_command_that_fails_is_told_with_its_output_and_can_be_mended_under_the_same_name()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        var name = world.Name("failing");

        var failed = await world.EndedAsync(await world.Client.CallAsync("sandbox_template_create", new { name, build_spec = Spec(commands: ["echo this went wrong >&2; exit 3"]) }));
        var refused = await world.Client.CallAsync("sandbox_create", new { template_id = name });
        await world.Client.CallAsync("sandbox_destroy", new { sandbox_id = (string)refused["sandbox_id"]! });
        var events = await EventsAsync(world, name);
        var mended = await world.BuiltAsync(name, Spec(commands: ["true"]));

        Assert.Equal("failed", (string)failed["state"]!);
        Assert.Contains("ended with 3", (string)failed["reason"]!, StringComparison.Ordinal);
        Assert.Contains("this went wrong", (string)failed["log_tail"]!, StringComparison.Ordinal);
        Assert.Equal("error", (string)refused["state"]!);
        Assert.Contains("ended with 3", (string)refused["sandbox"]!["reason"]!, StringComparison.Ordinal);
        Assert.Contains(events, one => one.Type is "sandbox.template.failed" && ((string)one.Data["reason"]!).Contains("ended with 3", StringComparison.Ordinal));
        Assert.Contains(events, one => one.Type is "sandbox.template.progress" && ((string?)one.Data["log"])?.Contains("this went wrong", StringComparison.Ordinal) is true);
        Assert.Equal("built", (string)mended["state"]!);
    }

    [Fact]
    public async Task Nothing_of_the_build_passes_into_a_sandbox_but_its_files()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        var name = world.Name("clean");
        await world.BuiltAsync(name, Spec(commands:
        [
            "echo secret >/tmp/left; echo secret >~/.bash_history; mkdir -p ~/.npm/_logs; echo x >~/.npm/_logs/a",
            "(sleep 1000 &) ; true",
            new JsonObject { ["run"] = "echo abc >/etc/machine-id; echo key >/etc/ssh/ssh_host_rsa_key; mkdir -p /var/log/server; echo x >/var/log/server/a; echo x >/root/.bash_history", ["user"] = "root" },
        ]));
        await using var sandbox = await world.SandboxAsync(name);

        Assert.Equal("", await sandbox.ShellAsync("cat /etc/machine-id; ls -A /tmp /root/.bash_history ~/.bash_history ~/.npm/_logs /etc/ssh/ssh_host_rsa_key /var/log/server/a 2>/dev/null | grep -v ^/tmp: || true", "root"));
        Assert.Equal("/var/log/server", await sandbox.ShellAsync("ls -d /var/log/server"));
        Assert.Equal("", await sandbox.ShellAsync("pgrep -x sleep || true"));
    }

    [Fact]
    public async Task A_build_has_no_more_rights_than_a_sandbox_and_leaves_nothing_of_itself()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        var name = world.Name("rights");
        await world.BuiltAsync(name, Spec(commands:
        [
            new JsonObject { ["run"] = "cat /proc/1/comm >first; ls /sys >sys; (mount -t tmpfs none /mnt 2>&1 || true) >mount; ls /var/tmp/miosa-tests >host 2>&1 || true", ["user"] = "root" },
        ]));
        await using var sandbox = await world.SandboxAsync(name);

        Assert.Equal("door", await sandbox.ShellAsync("cat first"));
        Assert.Equal("", await sandbox.ShellAsync("cat sys"));
        Assert.Contains("denied", await sandbox.ShellAsync("cat mount"), StringComparison.Ordinal);
        Assert.Contains("No such file", await sandbox.ShellAsync("cat host"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_template_is_refused_with_those_there_are()
    {
        await using var world = await TemplateWorld.OpenAsync(host);

        var refused = await world.Client.RefusedAsync("sandbox_create", new { template_id = "nodejs" });

        Assert.Equal("NOT_FOUND", (string)refused["code"]!);
        Assert.Contains("miosa-sandbox, nextjs, node, python, static", (string)refused["next_step"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_workspace_neither_sees_nor_builds_nor_deletes_a_template()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        var name = world.Name("private");
        await world.BuiltAsync(name, Spec(commands: ["true"]));
        await using var other = await Client.StdioAsync(SharedHost.Home, "--toolsets", "default,templates", "--workspace", "another");

        var listed = await other.CallAsync("sandbox_template_list", new { });
        var refused = await other.RefusedAsync("sandbox_create", new { template_id = name });
        var based = await other.RefusedAsync("sandbox_template_create", new { name = "onto", build_spec = Spec(name) });
        var deleted = await other.RefusedAsync("sandbox_template_delete", new { template_id = name });
        await other.RawAsync("sandbox_template_delete", new { template_id = "onto" });
        var events = await other.CallAsync("event_list", new { types = new[] { "sandbox.template.*" }, limit = 200 });

        Assert.DoesNotContain(name, listed.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(name, (string)refused["next_step"]!, StringComparison.Ordinal);
        Assert.Equal(("NOT_FOUND", "PRECONDITION_FAILED", "NOT_FOUND"), ((string)refused["code"]!, (string)based["code"]!, (string)deleted["code"]!));
        Assert.DoesNotContain(name, events.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_template_that_others_stand_on_is_not_deleted_before_them()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        var (low, high) = (world.Name("under"), world.Name("upper"));
        await world.BuiltAsync(low, Spec(commands: ["true"]));
        await world.BuiltAsync(high, Spec(low, commands: ["true"]));

        var refused = await world.Client.RefusedAsync("sandbox_template_delete", new { template_id = low });
        await using var sandbox = await world.SandboxAsync(high);
        await world.Client.CallAsync("sandbox_template_delete", new { template_id = high });
        await world.Client.CallAsync("sandbox_template_delete", new { template_id = low });

        Assert.Contains(high, (string)refused["message"]!, StringComparison.Ordinal);
        Assert.Equal("alive", await sandbox.ShellAsync("echo alive"));
    }

    [Fact]
    public async Task The_hosts_own_templates_can_be_neither_replaced_nor_deleted()
    {
        await using var world = await TemplateWorld.OpenAsync(host);

        Assert.Equal("CONFLICT", (string)(await world.Client.RefusedAsync("sandbox_template_create", new { name = "python", build_spec = Spec() }))["code"]!);
        Assert.Equal("DENIED", (string)(await world.Client.RefusedAsync("sandbox_template_delete", new { template_id = "python" }))["code"]!);
    }

    [Fact]
    public async Task A_build_reaches_package_registries_and_nothing_else()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        var name = world.Name("packages");
        var spec = Spec(commands: ["curl --silent --max-time 20 --output /dev/null --write-out '%{http_code}' http://127.0.0.1:1/ >loopback || true", "curl --silent --max-time 20 https://example.com >web 2>&1 || echo refused >web"]);
        spec["packages"] = new JsonArray("tree");
        spec["npm"] = new JsonArray("is-odd");
        spec["egress"] = "web";

        await world.BuiltAsync(name, spec);
        await using var sandbox = await world.SandboxAsync(name);

        Assert.Equal("/usr/bin/tree", await sandbox.ShellAsync("command -v tree"));
        Assert.Equal("refused", await sandbox.ShellAsync("tail -n 1 web"));
        Assert.NotEqual("", await sandbox.ShellAsync("ls -d $(npm root --global --prefix /usr/local)/is-odd"));
    }

    [Fact]
    public async Task A_service_that_a_template_declares_runs_in_every_sandbox_of_it()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        await using var sandbox = await world.SandboxAsync("static");
        await sandbox.ShellAsync("mkdir -p public; echo served >public/index.html");

        Assert.Equal("served", await sandbox.ShellAsync("curl --silent --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:8080/"));
        Assert.Equal("xs", (string)sandbox.Created["sandbox"]!["size"]!);
    }

    [Fact]
    public async Task The_starting_point_for_Python_has_an_environment_that_is_used_by_itself()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        await world.EndedAsync(await world.Client.CallAsync("sandbox_template_get", new { template_id = "python" }));
        await using var sandbox = await world.SandboxAsync("python");

        Assert.Equal("/home/agent/.venv", await sandbox.ShellAsync("python -c 'import sys; print(sys.prefix)'"));
        Assert.Contains("/home/agent/.venv", await sandbox.ShellAsync("pip --version"), StringComparison.Ordinal);
    }

    internal static JsonObject Spec(string? below = null, IReadOnlyList<(string Path, string Content)>? files = null, IReadOnlyList<JsonNode>? commands = null)
    {
        var spec = new JsonObject
        {
            ["files"] = new JsonArray([.. (files ?? []).Select(file => (JsonNode)new JsonObject { ["path"] = file.Path, ["content"] = file.Content })]),
            ["commands"] = new JsonArray([.. (commands ?? []).Select(command => command.DeepClone())]),
        };
        if (below is not null)
            spec["base"] = below;
        return spec;
    }

    private static async Task<int> BuildsOfAsync(TemplateWorld world, string name) =>
        (await EventsAsync(world, name)).Count(one => one.Type is "sandbox.template.building");

    private static async Task<IReadOnlyList<(string Type, JsonObject Data)>> EventsAsync(TemplateWorld world, string name)
    {
        List<(string, JsonObject)> all = [];
        string? since = null;
        while (true)
        {
            var page = await world.Client.CallAsync("event_list", since is null ? new { types = new[] { "sandbox.template.*" }, limit = 200 } : new { types = new[] { "sandbox.template.*" }, since, limit = 200 });
            var events = page["events"]!.AsArray();
            all.AddRange(events.Where(one => (string?)one!["data"]!["template_id"] == name).Select(one => ((string)one!["type"]!, one["data"]!.AsObject())));
            since = (string?)page["next_cursor"];
            if (events.Count is 0 || since is null)
                return all;
        }
    }
}
