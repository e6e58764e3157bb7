using System.Text.Json.Nodes;

namespace Miosa.EndToEnd.Tests.Hostile;

/// <summary>What a client in another workspace can do with handles that it has got hold of: nothing.</summary>
public sealed class TenantTests(SharedHost host)
{
    [Fact]
    public async Task A_handle_of_one_workspace_opens_nothing_from_another()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.ShellAsync("echo private > notes");
        var process = (string)(await sandbox.CallAsync("sandbox_exec", new { command = "cat", keep_stdin_open = true, wait_seconds = 0 }))["process_id"]!;
        await using var stranger = await Client.StdioAsync(SharedHost.Home, "--workspace", "strangers");

        (string Tool, object Arguments)[] attempts =
        [
            ("sandbox_get", new { sandbox_id = sandbox.Id }),
            ("sandbox_exec", new { sandbox_id = sandbox.Id, command = "true" }),
            ("sandbox_python", new { sandbox_id = sandbox.Id, code = "1" }),
            ("sandbox_read_file", new { sandbox_id = sandbox.Id, path = "notes" }),
            ("sandbox_write_file", new { sandbox_id = sandbox.Id, path = "notes", content = "changed" }),
            ("sandbox_edit_file", new { sandbox_id = sandbox.Id, path = "notes", edits = new[] { new { old_text = "private", new_text = "changed" } } }),
            ("sandbox_list_files", new { sandbox_id = sandbox.Id }),
            ("sandbox_search_files", new { sandbox_id = sandbox.Id, pattern = "private" }),
            ("sandbox_upload", new { sandbox_id = sandbox.Id, path = "notes" }),
            ("sandbox_download", new { sandbox_id = sandbox.Id, path = "notes" }),
            ("sandbox_delete_file", new { sandbox_id = sandbox.Id, path = "notes" }),
            ("sandbox_destroy", new { sandbox_id = sandbox.Id }),
            ("process_output", new { process_id = process }),
            ("process_input", new { process_id = process, text = "in" }),
            ("process_signal", new { process_id = process, signal = "SIGKILL" }),
        ];
        foreach (var (tool, arguments) in attempts)
        {
            var refusal = await stranger.RefusedAsync(tool, arguments);
            Assert.True((string?)refusal["code"] is "NOT_FOUND", $"{tool}: {refusal}");
            Assert.DoesNotContain("private", refusal.ToJsonString(), StringComparison.Ordinal);
        }

        Assert.Empty((await stranger.CallAsync("process_list", new { sandbox_id = sandbox.Id }))["processes"]!.AsArray());
        Assert.Empty((await stranger.CallAsync("event_list", new { device = sandbox.Id }))["events"]!.AsArray().Where(IsOfDevice));
        Assert.DoesNotContain(sandbox.Id, (await stranger.CallAsync("sandbox_list", new { limit = 50 })).ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("private", await sandbox.ShellAsync("cat notes"));

        // Nothing but what the stranger itself tried is told under the handle.
        bool IsOfDevice(JsonNode? entry) => !((string)entry!["type"]!).StartsWith("tool.", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_and_idempotency_keys_of_one_workspace_mean_nothing_in_another()
    {
        var name = $"shared-{Guid.NewGuid():n}";
        await using var mine = await host.SandboxAsync(new { name, idempotency_key = name });
        await using var stranger = await Client.StdioAsync(SharedHost.Home, "--workspace", "strangers");

        var theirs = await stranger.CallAsync("sandbox_create", new { name, idempotency_key = name });
        var id = (string)theirs["sandbox_id"]!;
        await stranger.CallAsync("sandbox_destroy", new { sandbox_id = id });

        Assert.NotEqual(mine.Id, id);
        Assert.True((bool)theirs["created"]!);
        Assert.Equal("alive", await mine.ShellAsync("echo alive"));
    }
}
