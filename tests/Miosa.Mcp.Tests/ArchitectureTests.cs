using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Miosa.Devices;

namespace Miosa.Mcp.Tests;

/// <summary>The rules of dependency in docs/design.md, so that they stay true.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string Source = Path.GetFullPath(Path.Combine(Here(), "../../src/Miosa.Mcp"));

    private static IEnumerable<(string Name, string Text)> Files => Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
        .Select(path => (Path.GetRelativePath(Source, path), File.ReadAllText(path)))
        .Where(file => !file.Item1.StartsWith("obj", StringComparison.Ordinal) && !file.Item1.StartsWith("bin", StringComparison.Ordinal));

    [Fact]
    public void Machines_know_nothing_of_ours() =>
        Assert.DoesNotContain(typeof(LocalEngine).Assembly.GetReferencedAssemblies(), name => name.Name!.StartsWith("Miosa", StringComparison.OrdinalIgnoreCase) || name.Name == "miosa" || name.Name.StartsWith("ModelContextProtocol", StringComparison.Ordinal));

    [Fact]
    public void Tools_are_used_by_their_own_registration_and_by_nobody_else()
    {
        var tools = Files.Where(file => file.Name.EndsWith("Tools.cs", StringComparison.Ordinal)).Select(file => Path.GetFileNameWithoutExtension(file.Name)).ToList();

        Assert.NotEmpty(tools);
        Assert.All(tools, tool => Assert.Equal(
            [$"{tool}.cs"],
            Files.Where(file => Regex.IsMatch(file.Text, $@"\b{tool}\b") && !file.Name.EndsWith("Feature.cs", StringComparison.Ordinal)).Select(file => Path.GetFileName(file.Name))));
    }

    [Fact]
    public void Words_of_the_protocol_stay_in_tools_registrations_calls_and_transports() =>
        Assert.Empty(Files
            .Where(file => ProtocolNamespace().IsMatch(file.Text))
            .Select(file => file.Name)
            .Where(name => !name.EndsWith("Tools.cs", StringComparison.Ordinal) && !name.EndsWith("Feature.cs", StringComparison.Ordinal) && !name.EndsWith("Progress.cs", StringComparison.Ordinal)
                && !(name.Split('/')[0] is "Calls" or "Transports" or "Hosting") && name is not "Server.cs"));

    [Fact]
    public void Whether_a_call_may_be_made_or_was_made_before_is_asked_in_one_place() =>
        Assert.All(
            Files.Where(file => PolicyWords().IsMatch(file.Text)),
            file => Assert.StartsWith("Calls/", file.Name, StringComparison.Ordinal));

    [Fact]
    public void Sql_stands_in_stores_the_journal_and_storage() =>
        Assert.Empty(Files
            .Where(file => Sql().IsMatch(file.Text))
            .Select(file => file.Name)
            .Where(name => !name.EndsWith("Store.cs", StringComparison.Ordinal) && !name.StartsWith("Storage/", StringComparison.Ordinal) && name is not "Events/Journal.cs"));

    [GeneratedRegex(@"using ModelContextProtocol")]
    private static partial Regex ProtocolNamespace();

    [GeneratedRegex(@"\b(CallPolicy|CallReplay|CallStore)\b")]
    private static partial Regex PolicyWords();

    [GeneratedRegex(@"using Dapper;|\bselect \w+.* from \w+", RegexOptions.IgnoreCase)]
    private static partial Regex Sql();

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
