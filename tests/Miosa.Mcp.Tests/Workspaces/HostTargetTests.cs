using System.Text;
using Miosa.Mcp.Workspaces.Receipts;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>Somebody else owns the folder that a host, often root, writes receipts into.</summary>
public sealed class HostTargetTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly TemporaryDirectory _elsewhere = new();
    private readonly HostTarget _target;

    public HostTargetTests() => _target = new HostTarget(_folder.Path);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_is_made_with_its_directories_and_then_added_to()
    {
        Assert.Null(await _target.LengthAsync("receipts/0001/a.jsonl", Cancelled));

        await AppendAsync("receipts/0001/a.jsonl", "one\n");
        await AppendAsync("receipts/0001/a.jsonl", "two\n");

        Assert.Equal("one\ntwo\n", File.ReadAllText(_folder.File("receipts/0001/a.jsonl")));
        Assert.Equal(8, await _target.LengthAsync("receipts/0001/a.jsonl", Cancelled));
    }

    [Fact]
    public async Task What_a_file_held_is_taken_away_when_it_is_not_ours()
    {
        await AppendAsync("receipts/a.jsonl", "forged");

        await _target.EmptyAsync("receipts/a.jsonl", Cancelled);

        Assert.Equal(0, await _target.LengthAsync("receipts/a.jsonl", Cancelled));
    }

    [Theory]
    [InlineData("receipts")]
    [InlineData("receipts/0001")]
    [InlineData("receipts/0001/a.jsonl")]
    public async Task No_link_on_the_way_is_followed(string where)
    {
        var victim = _elsewhere.File("victim");
        File.WriteAllText(victim, "mine");
        var link = _folder.File(where);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, where.EndsWith(".jsonl", StringComparison.Ordinal) ? victim : _elsewhere.Path);

        await Assert.ThrowsAnyAsync<IOException>(() => AppendAsync("receipts/0001/a.jsonl", "x"));

        Assert.Equal("mine", File.ReadAllText(victim));
        Assert.Equal([victim], Directory.GetFileSystemEntries(_elsewhere.Path));
    }

    [Fact]
    public async Task A_file_with_another_name_elsewhere_is_not_touched()
    {
        var victim = _elsewhere.File("victim");
        File.WriteAllText(victim, "mine");
        Directory.CreateDirectory(_folder.File("receipts"));
        HardLink(victim, _folder.File("receipts/a.jsonl"));

        await Assert.ThrowsAnyAsync<IOException>(() => AppendAsync("receipts/a.jsonl", "x"));
        await Assert.ThrowsAnyAsync<IOException>(() => _target.EmptyAsync("receipts/a.jsonl", Cancelled));

        Assert.Equal("mine", File.ReadAllText(victim));
    }

    [Theory]
    [InlineData("../escaped")]
    [InlineData("receipts/../../escaped")]
    public async Task No_name_leads_out(string path)
    {
        await Assert.ThrowsAnyAsync<IOException>(() => AppendAsync(path, "x"));

        Assert.False(File.Exists(Path.Combine(_folder.Path, "../escaped")));
    }

    [Fact]
    public async Task A_pipe_in_its_place_holds_nobody_up()
    {
        Directory.CreateDirectory(_folder.File("receipts"));
        using (var made = System.Diagnostics.Process.Start("mkfifo", [_folder.File("receipts/a.jsonl")]))
            await made.WaitForExitAsync(Cancelled);

        await Assert.ThrowsAnyAsync<IOException>(() => AppendAsync("receipts/a.jsonl", "x").InTime());
    }

    public void Dispose()
    {
        _folder.Dispose();
        _elsewhere.Dispose();
    }

    private Task AppendAsync(string path, string text) => _target.AppendAsync(path, Encoding.UTF8.GetBytes(text), Cancelled);

    private static void HardLink(string from, string to)
    {
        using var made = System.Diagnostics.Process.Start("ln", [from, to]);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }
}
