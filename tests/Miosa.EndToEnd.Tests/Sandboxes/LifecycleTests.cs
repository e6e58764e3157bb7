using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Sandboxes;

public sealed class LifecycleTests(SharedHost host)
{
    [Fact]
    public async Task One_name_is_one_sandbox_also_for_twenty_callers_at_once()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var client = await host.ConnectAsync();
        var name = $"shared-{Guid.NewGuid():n}";

        var created = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.CallAsync("sandbox_create", new { name })));

        Assert.Single(created.Select(answer => (string)answer["sandbox_id"]!).Distinct());
        Assert.Single(created, answer => (bool)answer["created"]!);
        await client.CallAsync("sandbox_destroy", new { sandbox_id = (string)created[0]["sandbox_id"]! });
    }

    [Fact]
    public async Task What_was_asked_is_kept_told_and_can_be_found_by()
    {
        await using var sandbox = await host.SandboxAsync(new
        {
            size = "medium",
            env = new { TOKEN = "very-secret" },
            metadata = new { team = "red" },
            external_user_id = $"user-{Guid.NewGuid():n}",
            timeout_sec = 3600,
        });

        var got = await sandbox.CallAsync("sandbox_get", new { });
        var listed = await sandbox.Client.CallAsync("sandbox_list", new { external_user_id = (string)got["external_user_id"]! });

        Assert.Equal(("medium", 4, 8192, "standard"), ((string)got["size"]!, (int)got["cpu_count"]!, (int)got["memory_mb"]!, (string)got["isolation"]!));
        Assert.Equal("red", (string)got["metadata"]!["team"]!);
        Assert.Equal("TOKEN", (string)got["env_names"]![0]!);
        Assert.DoesNotContain("very-secret", got.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(sandbox.Id, (string)Assert.Single(listed["sandboxes"]!.AsArray())!["id"]!);
        Assert.Equal("very-secret", await sandbox.ShellAsync("echo $TOKEN"));
    }

    [Fact]
    public async Task A_destroyed_sandbox_is_told_as_that_and_an_unknown_one_names_those_that_live()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var living = await host.SandboxAsync();
        string id;
        await using (var gone = await host.SandboxAsync())
            id = gone.Id;

        var destroyed = await living.Client.RefusedAsync("sandbox_exec", new { sandbox_id = id, command = "true" });
        var unknown = await living.Client.RefusedAsync("sandbox_exec", new { sandbox_id = "sbx_nope", command = "true" });

        Assert.Equal("GONE", (string)destroyed["code"]!);
        Assert.Equal("NOT_FOUND", (string)unknown["code"]!);
        Assert.Contains("sandbox_list", (string)unknown["next_step"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_strong_sandbox_runs_under_a_kernel_of_its_own_or_says_that_it_cannot()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var client = await host.ConnectAsync();

        var created = await client.CallAsync("sandbox_create", new { isolation = "strong" });
        var id = (string)created["sandbox_id"]!;
        try
        {
            if ((string)created["state"]! is "error")
            {
                Assert.Contains("strong", (string)created["sandbox"]!["reason"]!, StringComparison.Ordinal);
                return;
            }
            Assert.Equal("runsc", (string)created["sandbox"]!["runtime"]!);
            Assert.NotEmpty(created["notes"]!.AsArray());
            var result = await client.CallAsync("sandbox_exec", new { sandbox_id = id, command = "dmesg | head -1; echo file > kept; cat kept", wait_seconds = 50 });
            Assert.Contains("file", (string)result["stdout"]!, StringComparison.Ordinal);
            Assert.Contains("gVisor", (string)result["stdout"]!, StringComparison.Ordinal);
        }
        finally
        {
            await client.CallAsync("sandbox_destroy", new { sandbox_id = id });
        }
    }

    [Fact]
    public async Task The_default_tools_are_few_and_cheap_to_list()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        await using var client = await Client.StdioAsync(SharedHost.Home);

        var tools = await client.Mcp.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
        var json = new JsonArray([.. tools.Select(tool => System.Text.Json.JsonSerializer.SerializeToNode(tool.ProtocolTool, ModelContextProtocol.McpJsonUtilities.DefaultOptions))]).ToJsonString();

        Assert.InRange(tools.Count, 20, 29);
        // JSON schemas come to about four characters a token with every tokenizer in use; 3.6 leaves a reserve.
        Assert.True(json.Length / 3.6 < 6_000, $"{json.Length} characters, about {json.Length / 3.6:0} tokens");
    }
}
