using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Miosa.EndToEnd.Tests.Templates;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>A Next.js app as an agent makes one: from the template, its packages from npm through the sandbox's one way out.</summary>
public sealed class NextTests(SharedHost host)
{
    /// <summary>Its first page is compiled when it is asked for, on a machine that may be busy.</summary>
    private const float Patience = 120_000;

    private const string Counter =
        """
        "use client";
        import { useState } from "react";

        export default function Counter() {
          const [count, setCount] = useState(0);
          return <button onClick={() => setCount(count + 1)}>first {count}</button>;
        }
        """;

    [Fact]
    public async Task Next_behind_the_edge_changes_a_page_without_loading_it_anew_and_what_it_holds_stays()
    {
        await using var sandbox = await CreateAsync();
        await sandbox.CallAsync("sandbox_write_file", new { path = "/workspace/app/counter.tsx", content = Counter });
        await EditAsync(sandbox, "/workspace/app/page.tsx", ("export default", "import Counter from \"./counter\";\n\nexport default"), ("<h1>It works</h1>", "<h1>It works</h1>\n      <Counter />"));
        var exposed = await ExposeAsync(sandbox);
        await using var browser = await Browser.StartAsync();
        var page = await browser.PageAsync();
        var sockets = new ConcurrentBag<string>();
        page.WebSocket += (_, socket) => sockets.Add(socket.Url);
        await page.GotoAsync((string)exposed["open_url"]!, new() { Timeout = Patience });
        // Pressed until it counts: before that the page is only a picture of itself.
        var count = await (await page.WaitForFunctionAsync(
            "() => { const button = document.querySelector('button'); const count = Number(button?.textContent.replace('first ', '')); if (!count) button?.click(); return count; }",
            null, new() { Timeout = Patience })).JsonValueAsync<int>();
        await page.EvaluateAsync("window.notLoadedAnew = true");

        await EditAsync(sandbox, "/workspace/app/counter.tsx", (">first {", ">second {"));
        await ShowsAsync(page, "button", "second ");
        var kept = await page.TextContentAsync("button");
        await EditAsync(sandbox, "/workspace/app/page.tsx", ("It works", "It works on the server too"));
        await ShowsAsync(page, "h1", "It works on the server too");
        await browser.KeepAsync(page, "next");

        Assert.StartsWith("second ", kept, StringComparison.Ordinal);
        Assert.True(int.Parse(kept!["second ".Length..], System.Globalization.CultureInfo.InvariantCulture) >= count, $"It counted to {count}, and then: {kept}");
        Assert.True(await page.EvaluateAsync<bool>("window.notLoadedAnew === true"));
        Assert.Contains(sockets, url => url.StartsWith($"ws://{new Uri((string)exposed["url"]!).Authority}/", StringComparison.Ordinal));
        Assert.Equal(new Uri((string)exposed["url"]!), new Uri(page.Url));
    }

    /// <summary>The template may have to be built first.</summary>
    private async Task<SandboxClient> CreateAsync()
    {
        await using var world = await TemplateWorld.OpenAsync(host);
        var client = await host.ConnectAsync();
        var created = await client.CallAsync("sandbox_create", new { template_id = "nextjs" });
        var built = await world.EndedAsync(new JsonObject { ["state"] = (string)created["state"]! is "provisioning" ? "building" : "built", ["template_id"] = "nextjs" });
        Assert.True((string)built["state"]! is "built", built.ToJsonString());
        Assert.Equal(3000, (int)Assert.Single(created["ports"]!.AsArray())!);
        return await SharedHost.RunningAsync(client, created);
    }

    private static async Task<JsonObject> ExposeAsync(SandboxClient sandbox)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var exposed = await sandbox.CallAsync("sandbox_expose", new { port = 3000, wait_seconds = 25 });
            if ((string)exposed["status"]! is "ready")
                return exposed;
            Assert.True(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds < Patience, exposed.ToJsonString());
        }
    }

    private static Task ShowsAsync(IPage page, string selector, string text) =>
        page.WaitForFunctionAsync("([selector, text]) => document.querySelector(selector)?.textContent.startsWith(text)", new[] { selector, text }, new() { Timeout = Patience });

    private static Task EditAsync(SandboxClient sandbox, string path, params IEnumerable<(string Old, string New)> edits) =>
        sandbox.CallAsync("sandbox_edit_file", new { path, edits = edits.Select(edit => new { old_text = edit.Old, new_text = edit.New }) });
}
