using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace Miosa.EndToEnd.Tests.Files;

public sealed class FileTests(SharedHost host)
{
    [Fact]
    public async Task What_is_written_is_read_and_owned_by_the_agent()
    {
        await using var sandbox = await host.SandboxAsync();

        await sandbox.CallAsync("sandbox_write_file", new { path = "src/hello.txt", content = "grüße\nsecond\n" });
        var read = await sandbox.CallAsync("sandbox_read_file", new { path = "/workspace/src/hello.txt" });

        Assert.Equal("grüße\nsecond\n", (string)read["text"]!);
        Assert.Equal("agent agent 644", await sandbox.ShellAsync("stat -c '%U %G %a' src/hello.txt"));
    }

    [Fact]
    public async Task A_range_of_lines_is_read_and_the_next_step_is_named()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.ShellAsync("seq 1 5000 > numbers");

        var read = await sandbox.CallAsync("sandbox_read_file", new { path = "numbers", start_line = 100, lines = 3 });

        Assert.Equal("100\n101\n102\n", (string)read["text"]!);
        Assert.Equal(5000, (int)read["total_lines"]!);
        Assert.Contains("start_line 103", (string)read["next_step"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_comes_as_a_picture()
    {
        await using var sandbox = await host.SandboxAsync();
        const string png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        await sandbox.CallAsync("sandbox_write_file", new { path = "dot.png", content = png, encoding = "base64" });

        var result = await sandbox.Client.RawAsync("sandbox_read_file", new { sandbox_id = sandbox.Id, path = "dot.png" });

        var image = Assert.Single(result.Content.OfType<ImageContentBlock>());
        Assert.Equal("image/png", image.MimeType);
    }

    [Fact]
    public async Task Edits_are_made_all_or_none()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.CallAsync("sandbox_write_file", new { path = "a.py", content = "x = 1\ny = 2\n" });

        await sandbox.RefusedAsync("sandbox_edit_file", new { path = "a.py", edits = new[] { new { old_text = "x = 1", new_text = "x = 9" }, new { old_text = "z = 3", new_text = "" } } });
        Assert.Equal("x = 1\ny = 2", await sandbox.ShellAsync("cat a.py"));

        await sandbox.CallAsync("sandbox_edit_file", new { path = "a.py", edits = new[] { new { old_text = "x = 1", new_text = "x = 9" }, new { old_text = "y = 2", new_text = "y = 8" } } });
        Assert.Equal("x = 9\ny = 8", await sandbox.ShellAsync("cat a.py"));
    }

    [Fact]
    public async Task A_search_honours_gitignore_and_shows_context()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.ShellAsync("mkdir -p src build; echo build > .gitignore; printf 'one\\nneedle here\\nthree\\n' > src/a.txt; echo needle > build/b.txt");

        var found = await sandbox.CallAsync("sandbox_search_files", new { pattern = "needle", context = 1 });
        var names = await sandbox.CallAsync("sandbox_search_files", new { pattern = "*.txt", target = "names", include_ignored = true });

        Assert.Equal(["src/a.txt-1-one", "src/a.txt:2:needle here", "src/a.txt-3-three"], found["matches"]!.AsArray().Select(line => (string)line!));
        Assert.Equal(["build/b.txt", "src/a.txt"], names["matches"]!.AsArray().Select(line => (string)line!));
    }

    [Fact]
    public async Task A_listing_does_not_enter_what_nobody_wants_to_see()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.ShellAsync("mkdir -p a/b node_modules/x .git; touch a/b/c.py a/d.ts .hidden; ln -s a link");

        var listed = await sandbox.CallAsync("sandbox_list_files", new { depth = 5 });
        var globbed = await sandbox.CallAsync("sandbox_list_files", new { depth = 5, glob = "*.py" });

        Assert.Equal(["a", "link", "node_modules", "a/b", "a/d.ts", "a/b/c.py"], Paths(listed));
        Assert.Equal(["a/b/c.py"], Paths(globbed));
    }

    [Fact]
    public async Task Files_are_moved_copied_measured_and_deleted()
    {
        await using var sandbox = await host.SandboxAsync();
        await sandbox.CallAsync("sandbox_mkdir", new { path = "deep/er" });
        await sandbox.CallAsync("sandbox_write_file", new { path = "deep/er/file", content = "12345" });

        await sandbox.CallAsync("sandbox_copy_file", new { source = "deep", dest = "copy" });
        await sandbox.CallAsync("sandbox_rename_file", new { source = "copy/er/file", dest = "moved" });
        var details = await sandbox.CallAsync("sandbox_stat_file", new { path = "moved" });
        var refused = await sandbox.RefusedAsync("sandbox_delete_file", new { path = "deep" });
        await sandbox.CallAsync("sandbox_delete_file", new { path = "deep", recursive = true });

        Assert.Equal(("file", 5), ((string)details["type"]!, (int)details["size"]!));
        Assert.Equal("CONFLICT", (string)refused["code"]!);
        Assert.Equal("copy\nmoved", await sandbox.ShellAsync("ls"));
    }

    [Fact]
    public async Task A_large_file_goes_up_and_comes_down_by_link_and_each_upload_link_works_once()
    {
        await using var sandbox = await host.SandboxAsync();
        using var http = new HttpClient();
        var bytes = new byte[8 << 20];
        new Random(1).NextBytes(bytes);
        var cancellationToken = TestContext.Current.CancellationToken;

        var up = await sandbox.CallAsync("sandbox_upload", new { path = "big.bin" });
        using var content = new ByteArrayContent(bytes);
        using var put = await http.PutAsync(new Uri((string)up["url"]!), content, cancellationToken);
        using var small = new ByteArrayContent([1]);
        using var again = await http.PutAsync(new Uri((string)up["url"]!), small, cancellationToken);
        var down = await sandbox.CallAsync("sandbox_download", new { path = "big.bin" });
        var received = await http.GetByteArrayAsync(new Uri((string)down["url"]!), cancellationToken);

        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync(cancellationToken));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, again.StatusCode);
        Assert.Equal(bytes, received);
    }

    [Fact]
    public async Task Changes_that_a_command_made_are_events()
    {
        await using var sandbox = await host.SandboxAsync();

        await sandbox.ShellAsync("mkdir made; echo x > made/by-command.txt");
        var events = await WaitForEventAsync(sandbox, "by-command.txt");

        Assert.Contains("by-command.txt", events, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("odd \n name")]
    [InlineData("ünï 漢字")]
    [InlineData("-rf")]
    [InlineData("$(touch pwned)")]
    public async Task A_name_is_just_a_name(string name)
    {
        await using var sandbox = await host.SandboxAsync();

        await sandbox.CallAsync("sandbox_write_file", new { path = $"/workspace/{name}", content = "x" });
        var read = await sandbox.CallAsync("sandbox_read_file", new { path = $"/workspace/{name}" });
        var listed = await sandbox.CallAsync("sandbox_list_files", new { all = true });

        Assert.Equal("x\n", (string)read["text"]!);
        Assert.Single(listed["entries"]!.AsArray());
    }

    [Fact]
    public async Task A_full_disk_is_said_and_what_was_there_stays()
    {
        await using var sandbox = await host.SandboxAsync(new { size = "xs" });
        await sandbox.CallAsync("sandbox_write_file", new { path = "kept", content = "before" });
        await sandbox.ExecAsync("fallocate -l 4900M big; head -c 400M /dev/zero > more");

        var refused = await sandbox.RefusedAsync("sandbox_write_file", new { path = "kept", content = new string('x', 1 << 20) });

        Assert.Equal("DISK_FULL", (string)refused["code"]!);
        Assert.Equal("before", await sandbox.ShellAsync("cat kept"));
    }

    private static IEnumerable<string> Paths(JsonObject listing) => listing["entries"]!.AsArray().Select(entry => (string)entry!["path"]!);

    private static async Task<string> WaitForEventAsync(SandboxClient sandbox, string text)
    {
        string? since = null;
        for (var i = 0; i < 20; i++)
        {
            var page = await sandbox.Client.CallAsync("event_list", since is null
                ? new { device = sandbox.Id, types = new[] { "file.changed" }, wait_seconds = 5 }
                : new { device = sandbox.Id, types = new[] { "file.changed" }, since, wait_seconds = 5 });
            if (page.ToJsonString().Contains(text, StringComparison.Ordinal))
                return page.ToJsonString();
            since = (string?)page["next_cursor"];
        }
        return "";
    }
}
