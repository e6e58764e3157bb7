using System.Diagnostics;
using System.IO.Compression;

namespace Miosa.EndToEnd.Tests.Network;

/// <summary>Small things for package managers to fetch.</summary>
internal static class Samples
{
    /// <summary>A repository that a server of plain files can give out.</summary>
    public static async Task MakeRepositoryAsync(string directory)
    {
        using var shell = Process.Start("bash", ["-ec",
            $"cd '{directory}'; git init -q -b main work; cd work; echo cloned > file; git add file; git -c user.name=t -c user.email=t@example.com commit -qm 'A file'; cd ..; git clone -q --bare work hello.git; git -C hello.git update-server-info; rm -rf work"])!;
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
    }

    /// <summary>One package, listed as `--find-links` reads it, and below its own name as an index has it.</summary>
    public static void MakePythonIndex(string directory)
    {
        var simple = Directory.CreateDirectory(Path.Combine(directory, "simple")).FullName;
        const string wheel = "miosa_probe-1.0-py3-none-any.whl";
        using (var archive = ZipFile.Open(Path.Combine(simple, wheel), ZipArchiveMode.Create))
        {
            Add(archive, "miosa_probe.py", "print('installed')\n");
            Add(archive, "miosa_probe-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: miosa-probe\nVersion: 1.0\n");
            Add(archive, "miosa_probe-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
            Add(archive, "miosa_probe-1.0.dist-info/RECORD", "miosa_probe.py,,\nmiosa_probe-1.0.dist-info/METADATA,,\nmiosa_probe-1.0.dist-info/WHEEL,,\nmiosa_probe-1.0.dist-info/RECORD,,\n");
        }
        File.WriteAllText(Path.Combine(simple, "index.html"), $"<a href=\"{wheel}\">{wheel}</a>");
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(simple, "miosa-probe")).FullName, "index.html"), $"<a href=\"../{wheel}\">{wheel}</a>");
    }

    private static void Add(ZipArchive archive, string name, string text)
    {
        using var writer = new StreamWriter(archive.CreateEntry(name).Open());
        writer.Write(text);
    }
}
