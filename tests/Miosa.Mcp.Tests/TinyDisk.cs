using System.Diagnostics;

namespace Miosa.Mcp.Tests;

/// <summary>A disk of a megabyte in memory. Only root can have one; other users skip the test.</summary>
internal sealed class TinyDisk : IDisposable
{
    private readonly TemporaryDirectory _place = new();

    public TinyDisk()
    {
        if (!Environment.IsPrivilegedProcess || !Run("mount", "-t", "tmpfs", "-o", "size=1m", "miosa-test", _place.Path))
        {
            _place.Dispose();
            Assert.Skip("This needs to mount a small disk.");
        }
    }

    public string File(string name) => _place.File(name);

    /// <summary>From now on nothing can be written.</summary>
    public void Protect() => Assert.True(Run("mount", "-o", "remount,ro", _place.Path));

    public void Dispose()
    {
        Assert.True(Run("umount", "--lazy", _place.Path));
        _place.Dispose();
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode is 0;
    }
}
