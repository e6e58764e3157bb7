using System.IO.Abstractions.TestingHelpers;
using Miosa.Workspaces.Bridges;
using Miosa.Workspaces.Folders;

namespace Miosa.Workspaces.Tests.Bridges;

/// <summary>A workspace in memory, bridged as `miosa bridge` does it.</summary>
internal sealed class Bridging
{
    public const string Root = "/acme";

    public static readonly IReadOnlyList<string> Tools = ["guide", "network_set", "sandbox_create", "sandbox_exec", "sandbox_read_file", "workspace_get"];

    public Bridging(IReadOnlyDictionary<string, string> texts)
    {
        Files.AddDirectory(Root);
        foreach (var (path, text) in texts)
            Write(path, text);
    }

    public static Bridging OfTemplate => new(TemplateFolder.Texts());

    public MockFileSystem Files { get; } = new();

    public IReadOnlyList<string> Paths => [.. Files.AllFiles.Select(path => path[(Root.Length + 1)..]).Order(StringComparer.Ordinal)];

    public string Read(string path) => Files.File.ReadAllText($"{Root}/{path}");

    public void Write(string path, string text) => Files.AddFile($"{Root}/{path}", new MockFileData(text));

    /// <summary>The folder as the loader sees it.</summary>
    public MemoryFolder Folder() => new(Root, Files.AllFiles.Select(path => KeyValuePair.Create(path[(Root.Length + 1)..], Files.File.ReadAllBytes(path))));

    public LoadResult Load() => new WorkspaceLoader().Load(Folder());

    public BridgeInput Input(string? agent = null, string command = "/opt/miosa/miosa")
    {
        var loader = new WorkspaceLoader();
        var loaded = loader.Load(Folder());
        return new BridgeInput { Workspace = loaded.Workspace, Name = loaded.Workspace.Company.Slug, Command = command, Agent = agent, Tools = Tools, Texts = BridgeSources.Read(loader, loaded) };
    }

    public IReadOnlyList<BridgeOutcome> Bridge(params IReadOnlyList<IRuntimeBridge> bridges) => Writer().Write(bridges, [], Input());

    public BridgeWriter Writer(bool dry = false) => new(Files, Root, dry);

    /// <summary>Takes away everything that no bridge wrote.</summary>
    public void KeepOnly(IEnumerable<string> paths)
    {
        var kept = paths.Select(path => $"{Root}/{path}").ToHashSet(StringComparer.Ordinal);
        foreach (var path in Files.AllFiles.Where(path => !kept.Contains(path)).ToList())
            Files.File.Delete(path);
        foreach (var folder in Files.AllDirectories.OrderByDescending(path => path.Length).Where(path => path.StartsWith(Root + "/", StringComparison.Ordinal)).ToList())
        {
            if (!Files.Directory.EnumerateFileSystemEntries(folder).Any())
                Files.Directory.Delete(folder);
        }
    }
}
