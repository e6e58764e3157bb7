using Miosa.Mcp.Tests;

namespace Miosa.Workspaces.Tests;

/// <summary>A real folder, for what only real folders do.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public string Path => _directory.Path;

    public string File(string name) => _directory.File(name);

    public void Write(string name, string text) => WriteBytes(name, System.Text.Encoding.UTF8.GetBytes(text));

    public void WriteBytes(string name, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(File(name))!);
        System.IO.File.WriteAllBytes(File(name), content);
    }

    public void Link(string name, string target, bool inFolder = false)
    {
        if (inFolder)
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(File(name))!);
        System.IO.File.CreateSymbolicLink(File(name), target);
    }

    public void Dispose() => _directory.Dispose();
}
