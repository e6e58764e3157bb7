using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.RegularExpressions;

namespace Miosa.EndToEnd.Tests.Approvals;

/// <summary>Real scripts in a real sandbox, changed between the approval and the call.</summary>
public sealed partial class ScriptTests(SharedHost host)
{
    public static TheoryData<string, string> Changes => new()
    {
        { "echo 'echo changed' > run.sh", "APPROVAL_FILES_MISMATCH" },
        { "mv run.sh first.sh; cp first.sh second.sh; ln -s second.sh run.sh", "APPROVAL_FILES_MISMATCH" },
        { "rm shell; cp /bin/dash shell", "APPROVAL_FILES_MISMATCH" },
        { "mkdir -p ~/.local/bin; printf '#!/bin/sh\\necho hijacked\\n' > ~/.local/bin/date; chmod +x ~/.local/bin/date", "APPROVAL_FILES_MISMATCH" },
        { "echo 'echo unrelated' > other.sh", "" },
    };

    [Theory, MemberData(nameof(Changes))]
    public async Task What_the_command_would_run_is_what_was_approved_or_nothing_runs(string change, string code)
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var id = await MakeAsync(home, "cp /bin/bash shell; printf '#!/workspace/shell\\necho approved\\n' > run.sh; chmod +x run.sh");
        try
        {
            // Commands are asked about by a rule of thumb here; the attacker in the sandbox needs no call to change files.
            await home.SetAsync(new { Approvals = new { Policy = "manual" } });
            await using var server = await MiosaProcess.ServeAsync(home.Path, "--http", "127.0.0.1:0");
            using var person = await PersonAsync(home.Path, server);
            await using var client = await Client.StdioAsync(home.Path, "--toolsets", "all");
            var attack = new { sandbox_id = id, command = change };
            await ApproveAsync(person, await client.RefusedAsync("sandbox_exec", attack));
            var call = new { sandbox_id = id, command = "./run.sh && date > /dev/null" };
            await ApproveAsync(person, await client.RefusedAsync("sandbox_exec", call));

            await client.CallAsync("sandbox_exec", attack);
            var result = await client.RawAsync("sandbox_exec", call);

            if (code.Length is 0)
                Assert.Contains("approved", Client.Text(result), StringComparison.Ordinal);
            else
                Assert.Contains(code, Client.Text(result), StringComparison.Ordinal);
        }
        finally
        {
            await DestroyAsync(home, id);
        }
    }

    [Fact]
    public async Task However_many_places_a_path_names_so_many_are_looked_at_and_the_person_is_told()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var id = await MakeAsync(home, "echo 'echo hi' > run.sh");
        try
        {
            await home.SetAsync(new { Approvals = new { Policy = "manual" } });
            await using var server = await MiosaProcess.ServeAsync(home.Path, "--http", "127.0.0.1:0");
            using var person = await PersonAsync(home.Path, server);
            await using var client = await Client.StdioAsync(home.Path, "--toolsets", "all");
            var path = "/bin:" + string.Join(':', Enumerable.Range(0, 20_000).Select(i => $"p{i}"));

            var pending = await client.RefusedAsync("sandbox_exec", new { sandbox_id = id, command = "cd a; cd b; cd c; cd d; bash run.sh one two three four", env = new { PATH = path } });
            var shown = (await person.GetFromJsonAsync<System.Text.Json.Nodes.JsonObject>($"/v1/approvals/{(string)pending["approval_id"]!}", TestContext.Current.CancellationToken))!["data"]!;

            var left = shown["not_bound"]!.AsArray().Select(word => (string)word!).ToList();
            Assert.Contains("more places in PATH", left);
            Assert.Equal(left.Distinct(), left);
            Assert.Contains("/bin/bash", shown["files"]!.AsArray().Select(file => (string)file!["path"]!));
        }
        finally
        {
            await DestroyAsync(home, id);
        }
    }

    [Fact]
    public async Task What_was_approved_and_ran_when_the_host_was_killed_is_told_as_that_and_never_runs_again()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        var id = await MakeAsync(home, "true");
        try
        {
            await home.SetAsync(new { Approvals = new { Policy = "manual" } });
            var call = new { sandbox_id = id, command = "echo ran >> ran; sleep 300", wait_seconds = 45 };
            System.Text.Json.Nodes.JsonObject pending;
            await using (var server = await MiosaProcess.ServeAsync(home.Path, "--http", "127.0.0.1:0"))
            {
                using var person = await PersonAsync(home.Path, server);
                await using var client = await Client.StdioAsync(home.Path, "--toolsets", "all");
                await using var watcher = await Client.StdioAsync(home.Path, "--toolsets", "all");
                pending = await client.RefusedAsync("sandbox_exec", call);
                await ApproveAsync(person, pending);

                var running = client.RawAsync("sandbox_exec", call);
                await UntilThereAsync(watcher, id);
                await server.KillAsync();
                await Record.ExceptionAsync(() => running);
            }

            await using var next = await MiosaProcess.ServeAsync(home.Path, "--http", "127.0.0.1:0");
            await using var asker = await Client.StdioAsync(home.Path, "--toolsets", "all");
            var approval = await asker.CallAsync("approval_get", new { approval_id = (string)pending["approval_id"]! });
            var again = await asker.RefusedAsync("sandbox_exec", call);
            var receipts = (await asker.CallAsync("receipt_list", new { limit = 20 }))["receipts"]!.AsArray();

            Assert.Equal(("consumed", "interrupted"), ((string)approval["state"]!, (string)approval["outcome"]!));
            Assert.Equal("PENDING_APPROVAL", (string)again["code"]!);
            Assert.NotEqual((string)pending["approval_id"]!, (string)again["approval_id"]!);
            Assert.Contains(receipts, receipt => (string)receipt!["kind"]! == "interrupted" && (string?)receipt["approval_id"] == (string)pending["approval_id"]!);
            Assert.Equal("ran\n", (string)(await asker.CallAsync("sandbox_read_file", new { sandbox_id = id, path = "/workspace/ran" }))["text"]!);
        }
        finally
        {
            await DestroyAsync(home, id);
        }
    }

    /// <summary>Waits until the command has left its mark; nobody is asked about a look.</summary>
    private static async Task UntilThereAsync(Client client, string id)
    {
        var started = TimeProvider.System.GetTimestamp();
        while ((await client.RawAsync("sandbox_read_file", new { sandbox_id = id, path = "/workspace/ran" })).IsError is true)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "The approved command did not begin.");
            await Task.Yield();
        }
    }

    /// <summary>A sandbox in which a command was run, made while nobody is asked.</summary>
    private static async Task<string> MakeAsync(BorrowedHome home, string command)
    {
        await using var maker = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path);
        var id = (string)(await client.CallAsync("sandbox_create", new { }))["sandbox_id"]!;
        await client.CallAsync("sandbox_exec", new { sandbox_id = id, command });
        return id;
    }

    private static async Task DestroyAsync(BorrowedHome home, string id)
    {
        await home.SetAsync(new { });
        await using var server = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        await using var client = await Client.StdioAsync(home.Path);
        await client.CallAsync("sandbox_destroy", new { sandbox_id = id });
    }

    private static async Task<HttpClient> PersonAsync(string home, MiosaProcess server)
    {
        var (code, output) = await MiosaProcess.RunAsync("keys", "create", "person", "--scope", "approvals:decide", "--home", home);
        Assert.True(code is 0, output);
        var address = Address().Match(await server.PrintedAsync("http://")).Value;
        var client = new HttpClient { BaseAddress = new Uri(address) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key().Match(output).Value);
        return client;
    }

    private static async Task ApproveAsync(HttpClient person, System.Text.Json.Nodes.JsonObject pending)
    {
        Assert.Equal("PENDING_APPROVAL", (string)pending["code"]!);
        using var answer = await person.PostAsJsonAsync($"/v1/approvals/{(string)pending["approval_id"]!}/approve", new { }, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [GeneratedRegex("http://[0-9.]+:[0-9]+", RegexOptions.NonBacktracking)]
    private static partial Regex Address();

    [GeneratedRegex("msk_u_[A-Za-z0-9_-]+", RegexOptions.NonBacktracking)]
    private static partial Regex Key();
}
