using System.Globalization;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Previews;

/// <summary>What can go wrong with a preview, in words a caller can act on.</summary>
internal static class PreviewFailures
{
    public static ToolFailureException Unknown(string id) => new(
        ToolErrorCode.NotFound, $"There is no preview `{id}` in this workspace.", "preview_list shows those there are; sandbox_expose makes one.");

    public static ToolFailureException UnknownGrant(string id, string preview) => new(
        ToolErrorCode.NotFound, $"Preview `{preview}` has no token or share `{id}`.", "preview_list shows those that are good.");

    public static ToolFailureException PublicNotAllowed() => new(
        ToolErrorCode.Denied, "This host allows no public previews.",
        "Leave `access` out and hand on the link with its token, or use preview_share. A person can set Previews:AllowPublic in settings.json.");

    public static ToolFailureException Off() => new(
        ToolErrorCode.NotSupported, "This host shows no previews: Previews:Endpoint is `none`.", "A person has to change settings.json; use sandbox_exec with curl inside the sandbox meanwhile.");

    public static ToolFailureException Taken(string endpoint) => new(
        ToolErrorCode.Unavailable, $"Previews are seen at {endpoint}, and another program listens there.",
        "A person has to stop that program, or name another Previews:Endpoint in settings.json.", retryable: true);

    public static ToolFailureException TooMany(int most, string what) => new(
        ToolErrorCode.LimitExceeded, string.Create(CultureInfo.InvariantCulture, $"There are already {most} {what}."), "Remove some with preview_revoke; preview_list shows them.");
}
