using Microsoft.Playwright;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>What a person sees who opens a link.</summary>
public sealed class BrowserTests(SharedHost host)
{
    private const float Patience = 30_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_opens_the_app_and_the_apps_websocket_speaks()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await using var browser = await Browser.StartAsync();
        var page = await browser.PageAsync();

        await page.GotoAsync(new Uri(shown.At("/page") + shown.OpenUrl.Query).ToString());
        await page.WaitForFunctionAsync("document.title === 'heard hot'", null, new() { Timeout = Patience });

        Assert.Equal(shown.At("/page").ToString(), page.Url);
        Assert.Equal("from 3000", await page.TextContentAsync("h1"));
        // The permission is out of the page's reach.
        Assert.Equal("", await page.EvaluateAsync<string>("document.cookie"));
        await page.EvaluateAsync("document.cookie = 'miosa_preview=mine; path=/'");
        await page.GotoAsync(shown.At("/page").ToString());
        Assert.Equal("from 3000", await page.TextContentAsync("h1"));
    }

    [Fact]
    public async Task A_page_of_another_preview_gets_nothing_of_this_one()
    {
        await using var mine = await Shown.StartAsync(await host.SandboxAsync());
        await using var theirs = await Shown.StartAsync(await host.SandboxAsync());
        await using var browser = await Browser.StartAsync();
        var page = await browser.PageAsync();
        await page.GotoAsync(new Uri(mine.At("/page") + mine.OpenUrl.Query).ToString());
        await page.GotoAsync(new Uri(theirs.At("/page") + theirs.OpenUrl.Query).ToString());

        var socket = await page.EvaluateAsync<string>($"new Promise(done => {{ const s = new WebSocket('ws://{mine.Url.Authority}/socket'); s.onopen = () => done('open'); s.onerror = () => done('refused'); }})");
        var content = await page.EvaluateAsync<string>($"fetch('{mine.Url}x', {{ credentials: 'include', mode: 'cors' }}).then(() => 'read', () => 'refused')");

        Assert.Equal(("refused", "refused"), (socket, content));
    }

    [Fact]
    public async Task A_password_is_asked_for_in_a_page_that_runs_no_script_and_fits_a_phone()
    {
        await using var shown = await Shown.StartAsync(await host.SandboxAsync());
        await using var previews = await Client.StdioAsync(SharedHost.Home, "--toolsets", "previews");
        var share = await previews.CallAsync("preview_share", new { preview_id = shown.PreviewId, password = "correct horse" });
        await using var browser = await Browser.StartAsync();
        var page = await browser.PageAsync(new() { ViewportSize = new() { Width = 360, Height = 640 }, ColorScheme = ColorScheme.Dark });
        var complaints = new List<string>();
        page.Console += (_, message) => complaints.Add(message.Text);

        await page.GotoAsync(new Uri(shown.At("/page") + new Uri((string)share["open_url"]!).Query).ToString());
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        Assert.Equal("rgb(16, 18, 22)", await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        await page.FillAsync("input[type=password]", "wrong horse");
        await page.ClickAsync("button");
        Assert.Contains("not the password", await page.TextContentAsync("main"), StringComparison.Ordinal);
        Assert.DoesNotContain(complaints, text => text.Contains("Content Security Policy", StringComparison.Ordinal));
        await page.FillAsync("input[type=password]", "correct horse");
        await page.ClickAsync("button");
        await page.WaitForFunctionAsync("document.title === 'heard hot'", null, new() { Timeout = Patience });

        Assert.Equal(shown.At("/page").ToString(), page.Url);
    }

    [Fact]
    public async Task A_page_in_place_of_an_app_that_is_not_up_yet_becomes_the_app_by_itself()
    {
        await using var sandbox = await host.SandboxAsync();
        var exposed = await sandbox.CallAsync("sandbox_expose", new { port = 3000, wait_seconds = 0 });
        await using var browser = await Browser.StartAsync();
        var page = await browser.PageAsync();

        await page.GotoAsync($"{(string)exposed["url"]!}page{new Uri((string)exposed["open_url"]!).Query}");
        Assert.Equal("Nothing is listening yet", await page.TextContentAsync("h1"));
        await Shown.RunAsync(sandbox, "app.js", Apps.Echo, "3000");

        await page.Locator("h1", new() { HasTextString = "from 3000" }).WaitForAsync(new() { Timeout = Patience });
        await page.WaitForFunctionAsync("document.title === 'heard hot'", null, new() { Timeout = Patience });
    }

    [Fact]
    public async Task Vite_behind_the_edge_replaces_a_module_in_a_page_without_loading_it_anew()
    {
        await using var sandbox = await host.SandboxAsync(new { network = "packages" });
        await sandbox.ShellAsync("mkdir app && cd app && npm install --no-audit --no-fund --prefix . vite@6 2>&1");
        await sandbox.CallAsync("network_set", new { preset = "none" });
        await sandbox.CallAsync("sandbox_write_file", new { path = "/workspace/app/index.html", content = "<!doctype html><body><h1></h1><script type=module src=/main.js></script>" });
        await sandbox.CallAsync("sandbox_write_file", new { path = "/workspace/app/main.js", content = Module("first") });
        var started = await sandbox.CallAsync("sandbox_exec", new { command = "npx vite --port 5173 --strictPort", cwd = "/workspace/app", wait_seconds = 0 });
        var exposed = await sandbox.CallAsync("sandbox_expose", new { port = 5173, wait_seconds = 25 });
        Assert.True((string)exposed["status"]! is "ready", (await sandbox.Client.CallAsync("process_output", new { process_id = (string)started["process_id"]! })).ToJsonString());
        await using var browser = await Browser.StartAsync();
        var page = await browser.PageAsync();
        await page.GotoAsync((string)exposed["open_url"]!);
        await page.WaitForFunctionAsync("document.querySelector('h1').textContent === 'first'", null, new() { Timeout = Patience });
        await page.EvaluateAsync("window.notLoadedAnew = true");

        await sandbox.CallAsync("sandbox_edit_file", new { path = "/workspace/app/main.js", edits = new[] { new { old_text = "first", new_text = "second" } } });
        await page.WaitForFunctionAsync("document.querySelector('h1').textContent === 'second'", null, new() { Timeout = Patience });

        Assert.True(await page.EvaluateAsync<bool>("window.notLoadedAnew"));
        await browser.KeepAsync(page, "vite");
    }

    private static string Module(string text) => $"document.querySelector('h1').textContent = '{text}';\nimport.meta.hot.accept();\n";
}
