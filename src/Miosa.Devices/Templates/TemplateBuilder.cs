using System.Runtime.InteropServices;

namespace Miosa.Devices.Templates;

/// <summary>Builds the root file system of a template into an empty directory, once; sandboxes are snapshots of it.</summary>
internal sealed class TemplateBuilder(TimeProvider time)
{
    private const int Steps = 8;

    // What mmdebstrap says when it begins something, and what that is to the person who waits.
    private static readonly (string Says, int Step, string Text)[] _stages =
    [
        ("running apt-get update", 2, "Reading Debian's package lists"),
        ("downloading packages", 3, "Downloading packages"),
        ("extracting archives", 4, "Unpacking the base system"),
        ("installing essential packages", 5, "Installing the base system"),
        ("installing remaining packages", 6, "Downloading and installing the tools"),
    ];

    /// <summary>Fills <paramref name="root"/>, an empty directory. Cancelled or failed, it leaves a directory without a marker: delete it.</summary>
    /// <exception cref="TemplateBuildException">Something outside failed; it says what to do.</exception>
    public async Task<TemplateMarker> BuildAsync(TemplateRecipe recipe, DebianMirror mirror, string root, string logFile,
        IProgress<TemplateProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        void Say(int step, string text) => progress?.Report(new TemplateProgress(step, Steps, text));

        Require(root);
        var downloads = Directory.CreateTempSubdirectory("miosa-template-").FullName;
        await using var commands = new BuildCommands(logFile);
        try
        {
            Say(1, "Fetching Node");
            var haveNode = recipe.Node is null || await FetchNodeAsync(commands, recipe.Node, downloads, cancellationToken);
            if (!haveNode)
                Say(1, "npm is not here or its registry was not reached: taking Debian's older Node and npm instead");

            await commands.RunAsync(DebianSystem.Install(recipe, mirror, nodeOfDebian: !haveNode, root), Stage(Say), cancellationToken);

            Say(7, "Setting up the user, Node and npm");
            foreach (var command in DebianSystem.AddAgent(root))
                await commands.RunAsync(command, seen: null, cancellationToken);
            foreach (var directory in DebianSystem.Directories)
                Directory.CreateDirectory(Path.Combine(root, directory));
            await commands.RunAsync(DebianSystem.Clean(root), seen: null, cancellationToken);
            await WriteFilesAsync(commands, recipe.Files, root, cancellationToken);
            if (recipe.Node is not null && haveNode)
                await InstallNodeAsync(commands, downloads, root, cancellationToken);

            Say(8, "Writing everything to disk");
            var marker = await DescribeAsync(commands, recipe, root, cancellationToken);
            await commands.RunAsync(["sync", "--file-system", root], seen: null, cancellationToken);
            await marker.WriteAsync(root, cancellationToken);
            return marker;
        }
        finally
        {
            Directory.Delete(downloads, recursive: true);
        }
    }

    private static void Require(string root)
    {
        if (!Environment.IsPrivilegedProcess)
            throw new TemplateBuildException("Only root can build a template.", "Run `miosa serve` as root.");
        if (!File.Exists("/usr/bin/mmdebstrap"))
            throw new TemplateBuildException("mmdebstrap is not installed.", "Run `apt-get install --yes mmdebstrap`.");
        if (!Directory.Exists(root) || Directory.EnumerateFileSystemEntries(root).Any())
            throw new TemplateBuildException($"{root} is not an empty directory.", "Name an empty directory.");
    }

    private static Action<string> Stage(Action<int, string> say) => line =>
    {
        if (line.StartsWith("I: ", StringComparison.Ordinal) && Array.Find(_stages, s => line.Contains(s.Says, StringComparison.Ordinal)) is { Text: not null } stage)
            say(stage.Step, stage.Text);
    };

    private static async Task<bool> FetchNodeAsync(BuildCommands commands, NodeVersions versions, string into, CancellationToken cancellationToken)
    {
        var fetch = DebianSystem.FetchNode(versions, RuntimeInformation.OSArchitecture, into);
        return await commands.TryRunAsync(fetch, seen: null, cancellationToken) == 0;
    }

    private static async Task InstallNodeAsync(BuildCommands commands, string downloads, string root, CancellationToken cancellationToken)
    {
        var node = Directory.GetFiles(downloads, "node-*.tgz").Single();
        var npm = Directory.GetFiles(downloads, "npm-*.tgz").Single();
        foreach (var command in DebianSystem.InstallNode(node, npm, root))
            await commands.RunAsync(command, seen: null, cancellationToken);
        await WriteFilesAsync(commands, [TemplateFile.NodeHeaders], root, cancellationToken);
    }

    private static async Task WriteFilesAsync(BuildCommands commands, IReadOnlyList<TemplateFile> files, string root, CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            var path = Path.Combine(root, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, file.Content, cancellationToken);
            File.SetUnixFileMode(path, file.Mode);
            if (file.Owner is TemplateFileOwner.Agent)
                await commands.RunAsync(["chown", "1000:1000", path], seen: null, cancellationToken);
        }
    }

    private async Task<TemplateMarker> DescribeAsync(BuildCommands commands, TemplateRecipe recipe, string root, CancellationToken cancellationToken)
    {
        string? node = null;
        if (recipe.Node is not null)
            // What it complains of is seen too.
            await commands.RunAsync(["chroot", root, "node", "--version"], line => node = line.StartsWith('v') ? line : node, cancellationToken);

        return new TemplateMarker
        {
            Name = recipe.Name,
            Recipe = recipe.Hash,
            BuiltAt = time.GetUtcNow(),
            Debian = (await File.ReadAllTextAsync(Path.Combine(root, "etc/debian_version"), cancellationToken)).Trim(),
            Node = node,
        };
    }
}
