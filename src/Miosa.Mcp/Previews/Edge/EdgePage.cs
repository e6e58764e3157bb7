namespace Miosa.Mcp.Previews.Edge;

/// <summary>What a visitor reads in place of an app: what happened, and what to do next.</summary>
internal sealed record EdgePage(int Status, string Title, string Text, string NextStep)
{
    /// <summary>Look again by itself after so many seconds.</summary>
    public int? RefreshSeconds { get; init; }

    /// <summary>Ask for a share's password.</summary>
    public PasswordForm? Form { get; init; }

    public static EdgePage Unknown { get; } = new(
        404, "There is nothing here", "No preview has this address, or it opens only by its full link.",
        "Open the link again as you were given it, to its last character, or ask for a new one.");

    public static EdgePage Expired { get; } = new(
        401, "This link has expired", "It was good for a while only, and that is over.", "Ask whoever gave it to you for a new one.");

    public static EdgePage Revoked { get; } = new(
        401, "This link was taken back", "It opened this preview once, and does so no more.", "Ask whoever gave it to you whether there is a new one.");

    public static EdgePage BadRequest { get; } = new(400, "This is no request for a preview", "The request is malformed.", "Open the address in a browser, or ask for a path on this host.");

    public static EdgePage Starting { get; } = new(
        503, "The preview is starting", "Its sandbox was asleep, and the server in it is not up yet.", "Stay here: this page looks again by itself.") { RefreshSeconds = 2 };

    public static EdgePage NotStarted { get; } = new(
        503, "The sandbox does not start", "The machine that this preview lives on could not be started.", "Try again in a minute. Whoever made the preview can see why with sandbox_get.");

    public static EdgePage Busy { get; } = new(503, "Too many visitors at once", "This preview has as many requests as it takes.", "Try again in a moment.");

    public static EdgePage Silent { get; } = new(504, "The app does not answer", "The server in the sandbox took the request and has said nothing for a long time.", "Try again; look at the server's output with process_output.");

    public static EdgePage Broken { get; } = new(502, "The app broke off", "The server in the sandbox gave no proper HTTP answer, or ended in the middle of one.", "Try again; look at the server's output with process_output.");

    public static EdgePage Failed { get; } = new(500, "Something went wrong here", "The edge failed, not the app.", "Try again; the host's log says more.");

    public static EdgePage Stopping { get; } = new(503, "The host is stopping", "It shows this preview again when it is back.", "Try again in a minute.");

    public static EdgePage NotListening(int port) => new(
        502, "Nothing is listening yet", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The sandbox is up, but no server in it listens on port {port}."),
        "Start the server on that port, on 127.0.0.1 or 0.0.0.0. This page looks again by itself.") { RefreshSeconds = 3 };

    public static EdgePage Password(PasswordForm form) => form.Problem is null
        ? new(401, "This link has a password", "Whoever gave you the link gave you a password as well.", "") { Form = form }
        : new(form.IsLocked ? 429 : 401, "This link has a password", form.Problem, "") { Form = form };
}

/// <param name="Token">The share that is being opened.</param>
/// <param name="Target">Where the visitor wants to go.</param>
internal sealed record PasswordForm(string Token, string Target)
{
    public string? Problem { get; init; }

    public bool IsLocked { get; init; }
}
