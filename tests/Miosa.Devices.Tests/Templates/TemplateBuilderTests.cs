using Miosa.Devices.Templates;

namespace Miosa.Devices.Tests.Templates;

/// <summary>Real builds of the smallest system, from a real archive.</summary>
public sealed class TemplateBuilderTests : IDisposable
{
    private static readonly TemplateRecipe _smallest = new() { Name = "smallest" };

    private readonly string _directory = Directory.CreateTempSubdirectory("miosa-template-test-").FullName;

    private string Root => Path.Combine(_directory, "root");

    private string Log => Path.Combine(_directory, "build.log");

    public TemplateBuilderTests() => Directory.CreateDirectory(Root);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_template_is_whole_when_its_marker_is_there()
    {
        var steps = new Steps();

        TemplateMarker marker;
        try
        {
            marker = await BuildAsync(DebianMirror.OfThisMachine(), steps, TestContext.Current.CancellationToken);
        }
        catch (TemplateBuildException failure)
        {
            // The log goes with the test.
            throw new InvalidOperationException($"{failure.Message} {failure.Remedy}\n{string.Join('\n', failure.LogTail)}", failure);
        }

        Assert.Equal(marker, TemplateMarker.Read(Root));
        Assert.Equal(_smallest.Hash, marker.Recipe);
        Assert.Equal(Enumerable.Range(1, 8), steps.Seen.Select(step => step.Step).Distinct());
        Assert.Contains("agent:x:1000:1000:", await ReadAsync("etc/passwd"), StringComparison.Ordinal);
        Assert.Contains("agent:!:", await ReadAsync("etc/shadow"), StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(Root, "workspace")));
        Assert.Equal("sandbox\n", await ReadAsync("etc/hostname"));
        Assert.Empty(await ReadAsync("etc/resolv.conf"));
        Assert.Empty(await ReadAsync("etc/machine-id"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Root, "dev")));
        Assert.Empty(MountsBelow(Root));
    }

    [Fact]
    public async Task A_cancelled_build_leaves_no_process_no_mount_and_no_template()
    {
        using var cancelling = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var whileUnpacking = new Steps(step => { if (step.Step == 4) cancelling.Cancel(); });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => BuildAsync(DebianMirror.OfThisMachine(), whileUnpacking, cancelling.Token));

        Assert.Null(TemplateMarker.Read(Root));
        Assert.Empty(ProcessesNaming(Root));
        Assert.Empty(MountsBelow(Root));
    }

    [Fact]
    public async Task An_archive_that_cannot_be_reached_is_named_with_a_remedy()
    {
        var nowhere = new DebianMirror(new("http://127.0.0.1:9/debian"), new("http://127.0.0.1:9/debian-security"));

        var failure = await Assert.ThrowsAsync<TemplateBuildException>(() => BuildAsync(nowhere, new Steps(), TestContext.Current.CancellationToken));

        Assert.Contains("archive was not reached", failure.Remedy, StringComparison.Ordinal);
        Assert.NotEmpty(failure.LogTail);
        Assert.Contains(failure.LogTail[^1], await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Null(TemplateMarker.Read(Root));
    }

    [Fact]
    public async Task A_directory_that_holds_something_is_left_alone()
    {
        var precious = Path.Combine(Root, "precious");
        await File.WriteAllTextAsync(precious, "", TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<TemplateBuildException>(() => BuildAsync(DebianMirror.Default, new Steps(), TestContext.Current.CancellationToken));

        Assert.Equal([precious], Directory.EnumerateFileSystemEntries(Root));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"name":"smallest"}""")]
    public async Task A_marker_that_is_not_whole_is_none(string content)
    {
        Directory.CreateDirectory(Path.Combine(Root, "etc"));
        await File.WriteAllTextAsync(Path.Combine(Root, "etc/miosa-template.json"), content, TestContext.Current.CancellationToken);

        Assert.Null(TemplateMarker.Read(Root));
    }

    private Task<TemplateMarker> BuildAsync(DebianMirror mirror, Steps steps, CancellationToken cancellationToken) =>
        new TemplateBuilder(TimeProvider.System).BuildAsync(_smallest, mirror, Root, Log, steps, cancellationToken);

    private Task<string> ReadAsync(string file) => File.ReadAllTextAsync(Path.Combine(Root, file), TestContext.Current.CancellationToken);

    private static IEnumerable<string> MountsBelow(string directory) =>
        File.ReadLines("/proc/self/mountinfo").Where(mount => mount.Contains(directory, StringComparison.Ordinal));

    private static IEnumerable<string> ProcessesNaming(string directory) =>
        Directory.GetDirectories("/proc").Select(CommandLine).Where(command => command.Contains(directory, StringComparison.Ordinal));

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return ""; // not a process, or it has just ended
        }
    }

    private sealed class Steps(Action<TemplateProgress>? then = null) : IProgress<TemplateProgress>
    {
        public List<TemplateProgress> Seen { get; } = [];

        public void Report(TemplateProgress value)
        {
            Seen.Add(value);
            then?.Invoke(value);
        }
    }
}
