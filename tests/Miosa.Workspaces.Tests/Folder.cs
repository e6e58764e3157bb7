using System.IO.Abstractions.TestingHelpers;
using System.Text;
using Miosa.Workspaces.Folders;

namespace Miosa.Workspaces.Tests;

/// <summary>Folders of a test's own, in memory.</summary>
internal static class Folder
{
    public static LoadResult Load(params (string Path, string Text)[] files) => new WorkspaceLoader().Load(Memory(files));

    public static LoadResult Load(LoadLimits limits, params (string Path, string Text)[] files) => new WorkspaceLoader(limits: limits).Load(Memory(files));

    public static LoadResult LoadBytes(string path, byte[] content) => new WorkspaceLoader().Load(new MemoryFolder("/w/acme", [new(path, content)]));

    public static MemoryFolder Memory(params (string Path, string Text)[] files) =>
        new("/w/acme", files.Select(file => new KeyValuePair<string, byte[]>(file.Path, Encoding.UTF8.GetBytes(file.Text))));

    public static MockFileSystem Disk(params (string Path, string Text)[] files) =>
        new(files.ToDictionary(file => "/w/acme/" + file.Path, file => new MockFileData(Encoding.UTF8.GetBytes(file.Text))));

    /// <summary>`code file:line:column` of each problem.</summary>
    public static IEnumerable<string> Places(this LoadResult loaded) => loaded.Problems.Select(problem => $"{problem.Code} {problem.File}:{problem.Line}:{problem.Column}");
}
