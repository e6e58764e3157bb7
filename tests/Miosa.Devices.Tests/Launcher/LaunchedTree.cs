using System.Diagnostics;

namespace Miosa.Devices.Tests.Launcher;

/// <summary>
/// The real launcher in a small tree, on a pretend machine: its PATH leads to the ordinary tools and to stand-ins for
/// the .NET SDK and apt, which write down that they were called.
/// </summary>
internal sealed class LaunchedTree : IDisposable
{
    private static readonly string[] _ordinary =
    [
        "sh", "readlink", "find", "sort", "xargs", "sha256sum", "cut", "tr", "paste", "sed", "cat", "mkdir", "mv", "ln", "rm", "touch",
        "uname", "flock", "chmod", "printf", "dirname", "sleep",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("miosa-launcher-").FullName;

    public LaunchedTree()
    {
        Directory.CreateDirectory(Machine);
        Directory.CreateDirectory(Tree);
        foreach (var tool in _ordinary)
            File.CreateSymbolicLink(Path.Combine(Machine, tool), Which(tool));
        foreach (var tool in (string[])["crun", "runc", "mmdebstrap", "mkfs.btrfs", "zstd", "unshare", "mount", "gcc"])
            Program(tool, "exit 0");

        // Publishes a program that prints the words it was given, one a line.
        Program("dotnet", """
            case $1 in
              --version) [ -e "$0.wrong" ] && exit 1; echo 10.0.100; exit ;;
              --list-sdks) echo '8.0.100 [/usr/share/dotnet/sdk]'; exit ;;
            esac
            echo "$*" >>"$(dirname "$0")/../calls"
            [ ! -e "$0.broken" ] || { echo 'error CS1002: ; expected'; exit 1; }
            while [ "$1" != --output ]; do shift; done
            mkdir -p "$2"
            printf '#!/bin/sh\nprintf "%%s\\n" "$@"\n' >"$2/miosa"
            chmod +x "$2/miosa"
            """);
        Program("id", "echo 0");
        Program("apt-get", "echo \"apt-get $*\" >>\"$(dirname \"$0\")/../calls\"");

        Directory.CreateDirectory(Path.Combine(Machine, "sdk"));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Launcher", "miosa"), Path.Combine(Tree, "miosa"));
        Write("src/Program.cs", "return 0;");
        Write("templates/node/template.yaml", "name: node");
        Write("workspace-template/SYSTEM.md", "You work here.");
        foreach (var file in (string[])["Directory.Build.props", "global.json", "BannedSymbols.txt", ".editorconfig"])
            Write(file, "");
    }

    /// <summary>What was asked of the stand-ins.</summary>
    public IReadOnlyList<string> Calls => File.Exists(Path.Combine(_directory, "calls")) ? File.ReadAllLines(Path.Combine(_directory, "calls")) : [];

    public string Tree => Path.Combine(_directory, "tree");

    private string Machine => Path.Combine(_directory, "machine");

    public void Write(string file, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Tree, file))!);
        File.WriteAllText(Path.Combine(Tree, file), content);
    }

    public void Program(string name, string script)
    {
        var path = Path.Combine(Machine, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Remove(string program) => File.Delete(Path.Combine(Machine, program));

    public async Task<Launch> RunAsync(params string[] words)
    {
        var start = new ProcessStartInfo(Path.Combine(Tree, "miosa"), words)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Machine;
        start.Environment["DOTNET_ROOT"] = Machine;

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new Launch(process.ExitCode, output, await error);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Which(string tool) =>
        ((string[])["/usr/bin", "/bin"]).Select(directory => Path.Combine(directory, tool)).First(File.Exists);
}

internal sealed record Launch(int ExitCode, string Output, string Error);
