using Microsoft.Playwright;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>A real Chromium, Debian's own. It knows by itself that names below `localhost` are this machine.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    public static async Task<Browser> StartAsync()
    {
        Assert.SkipUnless(File.Exists(Program), $"There is no {Program}; `./miosa test` installs it.");
        var playwright = await Playwright.CreateAsync();
        return new Browser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = ["--no-sandbox", "--no-proxy-server"] }));
    }

    public Task<IPage> PageAsync(BrowserNewPageOptions? options = null) => _browser.NewPageAsync(options);

    /// <summary>Keeps a picture of the page beside the tests, for people to look at.</summary>
    public async Task KeepAsync(IPage page, string name) =>
        Assert.NotEmpty(await page.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "screenshots", $"{name}.png"), FullPage = true }));

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
