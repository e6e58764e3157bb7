using System.Text;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Receipts.Format;
using Miosa.Mcp.Receipts.Signing;
using Miosa.Mcp.Receipts.Verification;

namespace Miosa.Mcp.Tests.Receipts;

/// <summary>Whatever is done to a copied folder shows, and the first place where it was done is named.</summary>
public sealed class TamperingTests : IAsyncLifetime
{
    private const int Count = 12;
    private readonly ReceiptHome _home = new();
    private string _copy = "";

    private string Segment => Path.Combine(_copy, "0001", "000000001.jsonl");

    public async ValueTask InitializeAsync()
    {
        await _home.StartAsync();
        await _home.WriteAsync(6);
        await _home.Service.RotateKeyAsync();
        await _home.WriteAsync(Count - 7);
        _copy = _home.Export();
    }

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public void An_untouched_folder_is_whole_with_a_key_that_was_rotated_in_the_middle()
    {
        var chain = Verify();

        Assert.Null(chain.Break);
        Assert.Equal((Count, 2, "open", "acme", null), ((int)chain.Receipts, chain.Keys.Count, chain.Ending, chain.Workspace, chain.TrustedBy));
        Assert.Equal(Count, chain.AnchoredTo);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_key_from_elsewhere_makes_it_trusted_whether_it_is_the_first_or_the_present_one(int key) =>
        Assert.Equal("the key that was named", Verify(new Trust().With(Verify().Keys[key])).TrustedBy);

    [Fact]
    public void A_chain_that_the_named_key_did_not_sign_is_not_trusted() =>
        Assert.Equal(BreakKind.Untrusted, Verify(new Trust().With("sha256:" + new string('0', 64))).Break!.Kind);

    [Theory]
    [InlineData("\"sandbox.exec\"", "\"sandbox.read\"")]
    [InlineData("\"sequence\":5", "\"sequence\":6")]
    [InlineData("\"status\":\"success\"", "\"status\":\"failure\"")]
    [InlineData("\"proof\":{\"created\":\"2026-11-21T12", "\"proof\":{\"created\":\"2026-11-20T12")]
    [InlineData("\"id\":\"", "\"id\": \"")]
    [InlineData("\"workspace\":\"acme\"", "\"workspace\":\"evil\"")]
    [InlineData("urn:uuid:", "urn:uuie:")]
    [InlineData("\"previous_receipt_hash\":\"sha256:", "\"previous_receipt_hash\":\"sha256:00")]
    public void An_edited_receipt_is_named(string from, string to)
    {
        Change(lines => lines[4] = lines[4].Replace(from, to, StringComparison.Ordinal) is var changed && changed != lines[4] ? changed : throw new InvalidOperationException("The test changes nothing."));

        var found = Verify().Break!;

        Assert.Contains(found.Kind, new[] { BreakKind.Edited, BreakKind.Malformed });
        Assert.Equal((5, 5L), (found.Line, found.Sequence));
    }

    [Fact]
    public void A_flipped_bit_shows_wherever_in_the_line_it_is()
    {
        var original = File.ReadAllBytes(Segment);
        var start = original.AsSpan().IndexOf((byte)'\n') + 1;
        var end = start + original.AsSpan(start).IndexOf((byte)'\n');
        // Not every one, which would take long: every third byte, and each time another bit of it.
        for (var i = start; i < end; i += 3)
        {
            var changed = original.ToArray();
            changed[i] ^= (byte)(1 << (i / 3 % 8));
            File.WriteAllBytes(Segment, changed);
            Assert.Equal(2, Verify().Break?.Sequence);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 5)]
    [InlineData(6, 7)]
    public void A_removed_receipt_is_named(int line, int sequence)
    {
        Change(lines => lines.RemoveAt(line));

        Assert.Equal((BreakKind.Removed, (long)sequence), (Verify().Break!.Kind, Verify().Break!.Sequence!.Value));
    }

    [Fact]
    public void Receipts_in_another_order_are_named()
    {
        Change(lines => (lines[4], lines[5]) = (lines[5], lines[4]));

        Assert.Equal((BreakKind.Reordered, 5L), (Verify().Break!.Kind, Verify().Break!.Sequence!.Value));
    }

    [Fact]
    public void A_receipt_that_stands_there_twice_is_named()
    {
        Change(lines => lines.Insert(5, lines[4]));

        Assert.Equal((BreakKind.Duplicated, 6), (Verify().Break!.Kind, Verify().Break!.Line!.Value));
    }

    [Fact]
    public async Task A_receipt_of_another_chain_is_named()
    {
        await _home.WriteAsync(6, workspace: "other");
        var other = File.ReadAllLines(Path.Combine(_home.Export("other", "other"), "0001", "000000001.jsonl"));
        Change(lines => lines[4] = other[4]);

        Assert.Equal((BreakKind.OtherChain, 5L), (Verify().Break!.Kind, Verify().Break!.Sequence!.Value));
    }

    [Fact]
    public void A_cut_tail_shows_by_the_anchors_and_by_nothing_else()
    {
        var kept = Path.Combine(_copy, "..", "kept.jsonl");
        File.Move(Path.Combine(_copy, ReceiptFolders.AnchorFileName), kept);
        Change(lines => lines.RemoveRange(9, 3));

        Assert.Null(Verify().Break);
        Assert.Equal((BreakKind.TailCut, 12L), Verify(new Trust { Anchors = [.. ReceiptVerifier.AnchorsIn(kept)] }).Break is { } found ? (found.Kind, found.Sequence!.Value) : default);
        Assert.Equal(BreakKind.TailCut, Verify(new Trust().With(_home.Folders)).Break!.Kind);
    }

    [Fact]
    public void A_line_without_its_end_is_named()
    {
        File.WriteAllBytes(Segment, File.ReadAllBytes(Segment)[..^20]);

        Assert.Equal(12, Verify().Break!.Sequence);
    }

    [Fact]
    public void A_receipt_signed_by_a_stranger_is_named()
    {
        using var key = SigningKey.Create(Path.Combine(_copy, "stranger"));
        Forge(5, key);

        Assert.Equal((BreakKind.UnknownKey, 5L), (Verify().Break!.Kind, Verify().Break!.Sequence!.Value));
    }

    [Fact]
    public async Task The_old_key_is_worth_nothing_after_the_rotation()
    {
        await using var home = new ReceiptHome();
        await home.StartAsync();
        await home.WriteAsync(2);
        using var old = SigningKey.Read(Directory.GetFiles(home.Folders.Keys, "*.key").Single());
        await home.Service.RotateKeyAsync();
        await home.WriteAsync(2);
        _copy = home.Export();
        Forge(5, old);

        Assert.Equal((BreakKind.UnknownKey, 5L), (Verify().Break!.Kind, Verify().Break!.Sequence!.Value));
    }

    [Fact]
    public void Whoever_has_the_key_and_writes_history_again_is_caught_by_an_anchor()
    {
        using var key = SigningKey.Read(Directory.GetFiles(_home.Folders.Keys, "*.key").Single());
        Forge(12, key);

        Assert.Equal(BreakKind.Rewritten, Verify().Break!.Kind);
    }

    [Fact]
    public async Task Nothing_follows_the_end_of_a_chain()
    {
        await _home.Service.CloseAsync("acme");
        _copy = _home.Export("closed");
        Assert.Equal(("complete", null), (Verify().Ending, Verify().Break));

        using var key = SigningKey.Read(Directory.GetFiles(_home.Folders.Keys, "*.key").Single());
        Forge(14, key);

        Assert.Equal((BreakKind.AfterTerminal, 14L), (Verify().Break!.Kind, Verify().Break!.Sequence!.Value));
    }

    [Fact]
    public async Task A_chain_that_is_gone_or_there_twice_shows()
    {
        await _home.Service.CloseAsync("acme");
        await _home.WriteAsync(1);
        _copy = _home.Export("two");
        Assert.True(ReceiptVerifier.Verify(_copy, new Trust()).IsWhole);

        Directory.Move(Path.Combine(_copy, "0002"), Path.Combine(_copy, "..", "away"));
        Assert.Equal(BreakKind.ChainMissing, Assert.Single(ReceiptVerifier.Verify(_copy, new Trust()).Breaks).Kind);

        Directory.CreateDirectory(Path.Combine(_copy, "0002"));
        File.Copy(Path.Combine(_copy, "0001", "000000001.jsonl"), Path.Combine(_copy, "0002", "000000001.jsonl"));
        Assert.Contains(ReceiptVerifier.Verify(_copy, new Trust()).Breaks, found => found.Kind is BreakKind.Duplicated);
    }

    [Fact]
    public void An_anchor_that_nobody_of_the_chain_signed_shows()
    {
        using var key = SigningKey.Create(Path.Combine(_copy, "stranger"));
        File.AppendAllText(
            Path.Combine(_copy, ReceiptFolders.AnchorFileName), Encoding.UTF8.GetString(ReceiptAnchor.Sign(Verify().ChainId!, 3, "sha256:" + new string('0', 64), _home.Time.GetUtcNow(), key).Write()) + "\n");

        Assert.Equal(BreakKind.UnknownKey, Verify().Break!.Kind);
    }

    [Fact]
    public void A_link_in_the_folder_leads_nowhere()
    {
        File.CreateSymbolicLink(Path.Combine(_copy, "0001", "000000013.jsonl"), "/etc/passwd");

        Assert.Null(Verify().Break);
    }

    /// <summary>Puts a receipt, right in all but who wrote it, into the place of one.</summary>
    private void Forge(int sequence, SigningKey key) => Change(lines =>
    {
        var before = ReadReceipt.TryRead(Encoding.UTF8.GetBytes(lines[sequence - 2]), out _)!;
        var forged = new ReceiptSealer().Seal(
            ReceiptHome.Draft("call_forged"), new ReceiptLink(before.Link.ChainId, sequence, before.Hash), PublicKey.FromDid(before.Issuer)!, key, next: null, _home.Time.GetUtcNow());
        lines.RemoveRange(sequence - 1, lines.Count - sequence + 1);
        lines.Add(Encoding.UTF8.GetString(forged.Line));
    });

    private void Change(Action<List<string>> change)
    {
        List<string> lines = [.. File.ReadAllLines(Segment)];
        change(lines);
        File.WriteAllText(Segment, string.Concat(lines.Select(line => line + "\n")));
    }

    private ChainReport Verify(Trust? trust = null) => Assert.Single(ReceiptVerifier.Verify(_copy, trust ?? new Trust()).Chains);
}
