using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Receipts.Verification;
using Miosa.Mcp.Tests.Receipts;
using Miosa.Mcp.Workspaces;
using Miosa.Mcp.Workspaces.Receipts;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>What agents do leaves receipts in the folder of their company.</summary>
public sealed class ReceiptMirrorTests : IAsyncLifetime
{
    private WorkspaceHarness _company = null!;

    private ReceiptMirror Mirror => _company.Mcp.Services.GetRequiredService<ReceiptMirror>();

    private string Copy => _company.Folder.File("receipts");

    private string Segment => Path.Combine(Copy, "0001", "000000001.jsonl");

    public async ValueTask InitializeAsync() => _company = await WorkspaceHarness.StartAsync();

    public ValueTask DisposeAsync() => _company.DisposeAsync();

    [Fact]
    public async Task The_folder_has_them_and_they_verify_by_themselves()
    {
        await RecordAsync(3);
        await RecordAsync(2);

        var chain = Assert.Single(ReceiptVerifier.Verify(Copy, new Trust()).Chains);
        Assert.Null(chain.Break);
        Assert.Equal((5, WorkspaceHarness.Name), ((int)chain.Receipts, chain.Workspace));
    }

    [Fact]
    public async Task What_somebody_changes_there_shows_and_what_comes_after_is_added_all_the_same()
    {
        await RecordAsync(3);
        var text = await File.ReadAllTextAsync(Segment, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Segment, text.Replace("sandbox.exec", "sandbox.evil", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        await RecordAsync(1);

        Assert.Equal(4, File.ReadLines(Segment).Count());
        Assert.Equal(BreakKind.Edited, Assert.Single(ReceiptVerifier.Verify(Copy, new Trust()).Chains).Break!.Kind);
    }

    [Fact]
    public async Task What_somebody_cut_off_or_added_is_as_the_host_has_it_again()
    {
        await RecordAsync(3);
        await File.WriteAllTextAsync(Segment, "", TestContext.Current.CancellationToken);
        await RecordAsync(1);
        Assert.Null(Assert.Single(ReceiptVerifier.Verify(Copy, new Trust()).Chains).Break);

        await File.AppendAllTextAsync(Segment, new string('x', 100_000), TestContext.Current.CancellationToken);
        await RecordAsync(1);

        var chain = Assert.Single(ReceiptVerifier.Verify(Copy, new Trust()).Chains);
        Assert.Equal((null, 5L), (chain.Break, chain.Receipts));
    }

    [Fact]
    public async Task A_persons_words_about_the_folder_stay()
    {
        _company.Write("receipts/README.md", "Ours.");

        await RecordAsync(1);

        Assert.Equal("Ours.", await File.ReadAllTextAsync(_company.Folder.File("receipts/README.md"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Another_workspaces_receipts_are_not_among_them()
    {
        await _company.Mcp.Services.GetRequiredService<ReceiptService>().RecordAsync(ReceiptHome.Draft(workspace: "other"), CancellationToken.None);
        await RecordAsync(1);

        Assert.Equal(1, Assert.Single(ReceiptVerifier.Verify(Copy, new Trust()).Chains).Receipts);
    }

    [Fact]
    public async Task A_folder_that_is_given_later_gets_them_all_with_the_next_one()
    {
        var receipts = _company.Mcp.Services.GetRequiredService<ReceiptService>();
        await receipts.RecordAsync(ReceiptHome.Draft(workspace: "later"), CancellationToken.None);
        await Mirror.CatchUpAsync(TestContext.Current.CancellationToken);
        using var folder = new TemporaryDirectory();
        await _company.Contracts.SetAsync(new WorkspaceRow { Name = "later", Directory = folder.Path, CreatedAt = DateTimeOffset.UnixEpoch }, TestContext.Current.CancellationToken);

        await receipts.RecordAsync(ReceiptHome.Draft(workspace: "later"), CancellationToken.None);
        await Mirror.CatchUpAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, Assert.Single(ReceiptVerifier.Verify(folder.File("receipts"), new Trust()).Chains).Receipts);
    }

    private async Task RecordAsync(int count)
    {
        var receipts = _company.Mcp.Services.GetRequiredService<ReceiptService>();
        for (var i = 0; i < count; i++)
            await receipts.RecordAsync(ReceiptHome.Draft(workspace: WorkspaceHarness.Name), CancellationToken.None);
        await Mirror.CatchUpAsync(TestContext.Current.CancellationToken);
    }
}
