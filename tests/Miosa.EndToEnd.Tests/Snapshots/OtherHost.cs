using System.Diagnostics;

namespace Miosa.EndToEnd.Tests.Snapshots;

/// <summary>
/// A host whose volumes are kept otherwise than this machine would. Its template is that of the shared host, laid out
/// as that kind has it: to build it again would take longer than all the tests.
/// </summary>
public abstract class OtherHost : SharedHost
{
    private const string Marker = "etc/miosa-template.json";
    private readonly SharedHost _shared;
    private readonly string _kind;

    protected OtherHost(SharedHost shared, string kind) : base(Path.Combine(Homes, $"home-{kind}"), kind) => (_shared, _kind) = (shared, kind);

    /// <summary>Run by a shell in the directory of the volumes, with the template as its argument.</summary>
    protected abstract string Layout { get; }

    public override async ValueTask InitializeAsync()
    {
        var template = Path.Combine(_shared.Volumes, "templates", "miosa-sandbox");
        Refusal = _shared.Refusal ?? (File.Exists(Path.Combine(template, Marker)) ? null : "This machine has no btrfs, and keeps volumes otherwise in all tests.");
        if (Refusal is not null)
            return;
        await MiosaProcess.RunAsync("stop", "--home", HomePath);
        // Kept from run to run, as long as the template is the same.
        await ShellAsync($"""
            cmp -s "$1/{Marker}" "$2/made-of" && exit
            umount --lazy "$2/engine/volumes" 2>/dev/null || :
            rm -rf "$2"
            mkdir -p "$2/engine/volumes.{_kind}"
            cd "$2/engine/volumes.{_kind}"
            (
            {Layout}
            )
            cp "$1/{Marker}" "$2/made-of"
            """, template, HomePath);
        await base.InitializeAsync();
    }

    private static async Task ShellAsync(string script, params IReadOnlyList<string> arguments)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-ec", script, "sh", .. arguments]) { RedirectStandardError = true })!;
        var errors = await shell.StandardError.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.True(shell.ExitCode is 0, errors);
    }
}
