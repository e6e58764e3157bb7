using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>Writes our own pages: for people in the host's colours, for programs as two lines of text.</summary>
internal sealed class EdgePages
{
    private const string Style =
        """
        :root{color-scheme:light dark;--back:#f6f7f9;--card:#fff;--text:#16181d;--soft:#5b6270;--line:#e3e6eb}
        @media (prefers-color-scheme:dark){:root{--back:#101216;--card:#191c22;--text:#eceef2;--soft:#a0a7b4;--line:#2a2e37}}
        *{box-sizing:border-box}
        body{margin:0;min-height:100vh;min-height:100dvh;display:flex;align-items:center;justify-content:center;padding:24px;background:var(--back);color:var(--text);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
        main{width:100%;max-width:460px;background:var(--card);border:1px solid var(--line);border-top:4px solid var(--brand);border-radius:14px;padding:32px 28px}
        header{display:flex;align-items:center;gap:10px;margin-bottom:24px;color:var(--soft);font-size:14px;font-weight:600}
        header img{height:28px;max-width:140px}
        header i{width:10px;height:10px;border-radius:50%;background:var(--brand)}
        h1{margin:0 0 10px;font-size:24px;line-height:1.25;letter-spacing:-.01em}
        p{margin:0 0 14px}
        .next{color:var(--soft)}
        form{display:flex;flex-wrap:wrap;gap:10px;margin-top:20px}
        label{width:100%;font-size:14px;color:var(--soft)}
        input[type=password]{flex:1 1 180px;min-width:0;padding:11px 12px;border:1px solid var(--line);border-radius:9px;background:var(--back);color:var(--text);font:inherit}
        input:focus,button:focus,a:focus{outline:2px solid var(--brand);outline-offset:2px}
        button{padding:11px 20px;border:0;border-radius:9px;background:var(--brand);color:#fff;font:inherit;font-weight:600;cursor:pointer}
        footer{margin-top:24px;padding-top:16px;border-top:1px solid var(--line);font-size:14px;color:var(--soft)}
        footer a{color:inherit}
        """;

    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly BrandingOptions _branding;
    private readonly string _style;
    private readonly string _policy;

    public EdgePages(IOptions<PreviewOptions> options, TimeProvider time)
    {
        (_patience, _time) = (options.Value.HeaderTimeout, time);
        _branding = options.Value.Branding;
        _style = $":root{{--brand:{_branding.Color}}}\n{Style}".ReplaceLineEndings("\n");
        var images = _branding.Logo is { } logo && Uri.TryCreate(logo, UriKind.Absolute, out var address) ? address.Scheme is "data" ? " data:" : $" {address.GetLeftPart(UriPartial.Authority)}" : " 'none'";
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(_style)));
        _policy = $"default-src 'none'; style-src 'sha256-{hash}'; img-src{images}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    }

    public async Task WriteAsync(HttpContext context, EdgePage page)
    {
        var response = context.Response;
        response.StatusCode = page.Status;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = _policy;
        // The address may hold a token. Without any referrer the form's own origin would not be told either.
        response.Headers["Referrer-Policy"] = "same-origin";
        if (page.RefreshSeconds is { } seconds)
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        var isForPeople = WantsPage(context.Request);
        response.ContentType = isForPeople ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
        var bytes = Encoding.UTF8.GetBytes(isForPeople ? Html(page) : $"{page.Title}. {page.Text}\n{page.NextStep}\n");
        response.ContentLength = bytes.Length;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        // Anybody gets a page. Who asks and does not take it would keep the request, and all it holds, for as long as he likes.
        using var late = new CancellationTokenSource(_patience, _time);
        using var ended = late.Token.UnsafeRegister(static context => ((HttpContext)context!).Abort(), context);
        await response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>Whether a browser asks for a page, and not a script or a program for data.</summary>
    public static bool WantsPage(HttpRequest request) => request.Headers["Sec-Fetch-Mode"].ToString() switch
    {
        "" => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase),
        var mode => mode is "navigate",
    };

    private string Html(EdgePage page)
    {
        var html = new StringBuilder(4096);
        html.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\">");
        if (page.RefreshSeconds is { } seconds)
            html.Append(CultureInfo.InvariantCulture, $"<meta http-equiv=\"refresh\" content=\"{seconds}\">");
        html.Append(CultureInfo.InvariantCulture, $"<title>{Text(page.Title)} · {Text(_branding.Name)}</title><style>{_style}</style></head><body><main><header>");
        html.Append(_branding.Logo is { } logo ? $"<img src=\"{Text(logo)}\" alt=\"{Text(_branding.Name)}\">" : $"<i></i>{Text(_branding.Name)}");
        html.Append(CultureInfo.InvariantCulture, $"</header><h1>{Text(page.Title)}</h1><p>{Text(page.Text)}</p>");
        if (page.NextStep.Length > 0)
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"next\">{Text(page.NextStep)}</p>");
        if (page.Form is { } form)
        {
            html.Append(CultureInfo.InvariantCulture, $"<form method=\"post\" action=\"{EdgeTarget.OwnPath}unlock\"><input type=\"hidden\" name=\"token\" value=\"{Text(form.Token)}\"><input type=\"hidden\" name=\"target\" value=\"{Text(form.Target)}\">");
            html.Append("<label for=\"password\">Password</label><input id=\"password\" type=\"password\" name=\"password\" required autofocus autocomplete=\"off\"><button>Open</button></form>");
        }
        if (_branding.SupportUrl is { } support)
            html.Append(CultureInfo.InvariantCulture, $"<footer><a href=\"{Text(support)}\" rel=\"noreferrer\">Get help</a></footer>");
        return html.Append("</main></body></html>").ToString();
    }

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
