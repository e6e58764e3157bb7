using System.Globalization;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Receipts.Format;
using Miosa.Mcp.Receipts.Signing;

namespace Miosa.Mcp.Receipts.Verification;

/// <summary>
/// Goes through one chain from its first receipt on and stops where something is wrong. Links are followed one after
/// the other; texts are read and signatures verified on all processors.
/// </summary>
internal sealed class ChainVerifier(string root, string path, IReadOnlyList<string> files, Trust trust, IReadOnlyList<ReceiptAnchor> anchors)
{
    private const int AtOnce = 512;
    private readonly List<PublicKey> _keys = [];
    private readonly HashSet<PublicKey> _signers = [];
    private readonly Dictionary<long, string?> _remembered = [];
    private ReadReceipt? _first;
    private ReadReceipt? _last;
    private PublicKey? _key;

    /// <summary>Whether the issuer's name is a key, as ours is; then each receipt must name the key that signed it.</summary>
    private bool _isNamed;

    /// <summary>A line where it stands, what it says, and the key that must have signed it.</summary>
    private sealed record Place(string File, int Line, ReadOnlyMemory<byte> Text, bool IsWhole)
    {
        public ReadReceipt? Receipt { get; set; }

        public string Problem { get; set; } = "";

        public PublicKey? Key { get; set; }

        public bool IsSigned { get; set; }
    }

    public ChainReport Verify()
    {
        var (found, end) = Walk();
        found ??= Compare();
        return new ChainReport
        {
            Path = Path.GetRelativePath(root, path),
            ChainId = _first?.Link.ChainId,
            Workspace = _first?.Workspace,
            Receipts = _last is null ? 0 : _last.Link.Sequence - _first!.Link.Sequence + 1,
            FirstAt = _first?.IssuedAt,
            LastAt = _last?.IssuedAt,
            Head = _last?.Hash,
            Keys = [.. _keys.Select(key => key.Fingerprint)],
            Ending = _last?.Ending ?? "open",
            AnchoredTo = end,
            TrustedBy = found is not null ? null : _signers.Any(trust.Pins) ? "the key that was named" : _signers.Any(key => trust.HostKeys.Contains(key.Fingerprint, StringComparer.Ordinal)) ? "this host's own keys" : null,
            Break = found,
        };
    }

    private (ChainBreak? Break, long AnchoredTo) Walk()
    {
        foreach (var chunk in Places().Chunk(AtOnce))
        {
            Parallel.ForEach(chunk, place =>
            {
                place.Receipt = ReadReceipt.TryRead(place.Text, out var problem);
                place.Problem = problem;
            });
            var before = _last;
            ChainBreak? found = null;
            var good = 0;
            foreach (var place in chunk)
            {
                if ((found = Link(place, before)) is not null)
                    break;
                before = place.Receipt;
                good++;
            }
            Parallel.ForEach(chunk.Take(good), place => place.IsSigned = place.Receipt!.IsSignedBy(place.Key!));
            foreach (var place in chunk.Take(good))
            {
                if (!place.IsSigned)
                    return (new ChainBreak(BreakKind.Edited, Show(place.File), place.Line, place.Receipt!.Link.Sequence, "its signature does not fit what it says: it was changed, or never signed by that key."), 0);
                Accept(place);
            }
            if (found is not null)
                return (found, 0);
        }
        if (_last is null)
            return (new ChainBreak(BreakKind.Malformed, null, null, null, "There is no receipt in it."), 0);
        return (null, Math.Max(AnchorsOfThis().Select(anchor => anchor.Sequence).DefaultIfEmpty(0).Max(), trust.HostHeads.TryGetValue(_last.Link.ChainId, out var head) ? head.Sequence : 0));
    }

    private void Accept(Place place)
    {
        var receipt = place.Receipt!;
        if (_first is null)
        {
            _first = receipt;
            foreach (var sequence in AnchorsOfThis().Select(anchor => anchor.Sequence))
                _remembered[sequence] = null;
            if (trust.HostHeads.TryGetValue(receipt.Link.ChainId, out var head))
                _remembered[head.Sequence] = null;
        }
        _last = receipt;
        _signers.Add(place.Key!);
        if (_remembered.ContainsKey(receipt.Link.Sequence))
            _remembered[receipt.Link.Sequence] = receipt.Hash;
    }

    /// <summary>Whether it goes on where the one before it ended, and with which key it must be signed.</summary>
    private ChainBreak? Link(Place place, ReadReceipt? before)
    {
        if (place.Receipt is not { } receipt)
            return Broken(place, BreakKind.Malformed, place.IsWhole ? place.Problem : "it breaks off in the middle.", before);
        if (!place.IsWhole && receipt.Kind is not null)
            return Broken(place, BreakKind.Edited, "its line has no end.", before);
        // Only the files of a host are canonical; what was printed for people is not, and is signed all the same.
        if (receipt.Kind is not null && !receipt.IsExact && Path.GetExtension(place.File) is ".jsonl")
            return Broken(place, BreakKind.Edited, "it is not written as it was signed.", before);
        var begin = _first ?? before;
        if (!FitsTo(receipt, before, begin) && IsForged(receipt))
            return Broken(place, BreakKind.Edited, "its signature does not fit what it says: it was changed.", before);
        if (begin is not null && receipt.Link.ChainId != begin.Link.ChainId)
            return Broken(place, BreakKind.OtherChain, $"it belongs to the chain {receipt.Link.ChainId} and not to {begin.Link.ChainId}.", before);
        var expected = before is null ? 1 : before.Link.Sequence + 1;
        if (receipt.Link.Sequence != expected)
            return OutOfOrder(place, receipt, expected);
        if (before is { IsTerminal: true })
            return Broken(place, BreakKind.AfterTerminal, "the chain was ended before it.", before);
        if (begin is not null && receipt.Issuer != begin.Issuer)
            return Broken(place, BreakKind.OtherIssuer, $"its issuer is {receipt.Issuer} and not {begin.Issuer}.", before);
        if (receipt.Link.Previous != before?.Hash)
            return Broken(place, BreakKind.BrokenLink, "the hash it names is not that of the receipt before it: one of the two was replaced.", before);
        return FindKey(place, receipt, before) ?? Rotate(place, receipt, before);
    }

    private static bool FitsTo(ReadReceipt receipt, ReadReceipt? before, ReadReceipt? begin) =>
        receipt.Link == new ReceiptLink(begin?.Link.ChainId ?? receipt.Link.ChainId, before is null ? 1 : before.Link.Sequence + 1, before?.Hash) && receipt.Issuer == (begin?.Issuer ?? receipt.Issuer);

    /// <summary>Whether what does not fit was never signed so; else it was signed, and stands in the wrong place.</summary>
    private bool IsForged(ReadReceipt receipt) => (PublicKey.FromDid(receipt.VerificationMethod) ?? _key) is not { } key || !receipt.IsSignedBy(key);

    private ChainBreak? FindKey(Place place, ReadReceipt receipt, ReadReceipt? before)
    {
        if (before is null)
        {
            // The name of the issuer is the first key itself. An issuer with another name needs a key from outside.
            _key = PublicKey.FromDid(receipt.Issuer);
            _isNamed = _key is not null;
            _key ??= trust.Keys.FirstOrDefault(receipt.IsSignedBy) ?? (trust.Keys is [var only, ..] ? only : null);
            if (_key is null)
                return Broken(place, BreakKind.UnknownKey, $"its issuer {receipt.Issuer} names no key; give the key with --key.", before);
            _keys.Add(_key);
        }
        if (_isNamed && receipt.VerificationMethod != _key!.Method)
            return Broken(place, BreakKind.UnknownKey, $"it is signed by {receipt.VerificationMethod.Split('#')[0]}, and here the chain is signed by {_key.Did}.", before);
        place.Key = _key;
        return null;
    }

    private ChainBreak? Rotate(Place place, ReadReceipt receipt, ReadReceipt? before)
    {
        if (receipt.Rotation is not { } rotation)
            return null;
        string Text(string name) => rotation.GetProperty(name).GetString()!;
        var next = PublicKey.FromMultibase(Text("new_public_key"));
        if (next is null || next.Fingerprint != Text("new_key_fingerprint") || _key!.Fingerprint != Text("old_key_fingerprint") || Text("old_algorithm") is not ReceiptWords.Algorithm || Text("new_algorithm") is not ReceiptWords.Algorithm)
            return Broken(place, BreakKind.BadRotation, "the keys that it names are not those that it hands over.", before);
        _keys.Add(_key = next);
        return null;
    }

    /// <summary>Whether somebody remembers more of it, or something else; and whether anybody vouches for its keys.</summary>
    private ChainBreak? Compare()
    {
        foreach (var anchor in AnchorsOfThis())
        {
            if (!_keys.Concat(trust.Keys).Any(anchor.IsSignedBy))
                return About(BreakKind.UnknownKey, anchor.Sequence, $"an anchor of {anchor.IssuedAt} is not signed by a key of the chain.");
            if (anchor.Sequence > _last!.Link.Sequence)
                return About(BreakKind.TailCut, anchor.Sequence, $"it ends with receipt {Number(_last.Link.Sequence)}, but an anchor of {anchor.IssuedAt} names receipt {Number(anchor.Sequence)}: the end was cut off.");
            if (_remembered[anchor.Sequence] != anchor.Head)
                return About(BreakKind.Rewritten, anchor.Sequence, $"receipt {Number(anchor.Sequence)} is not the one that an anchor of {anchor.IssuedAt} names: it was written again from there or before.");
        }
        if (trust.HostHeads.TryGetValue(_last!.Link.ChainId, out var head))
        {
            if (head.Sequence > _last.Link.Sequence)
                return About(BreakKind.TailCut, head.Sequence, $"it ends with receipt {Number(_last.Link.Sequence)}, but this host has {Number(head.Sequence)}: the end was cut off, or the copy is older than that (--no-host leaves this host aside).");
            if (head.Sequence == _last.Link.Sequence && head.Head != _last.Hash)
                return About(BreakKind.Rewritten, head.Sequence, "its end is not the one that this host has: it was written again.");
            if (_remembered.TryGetValue(head.Sequence, out var hash) && hash != head.Head)
                return About(BreakKind.Rewritten, head.Sequence, $"receipt {Number(head.Sequence)} is not the one that this host has: it was written again from there or before.");
        }
        return trust.IsPinned && !_signers.Any(trust.Pins)
            ? About(BreakKind.Untrusted, null, $"no receipt of it is signed by the key that was named; it is signed by {string.Join(", ", _signers.Select(key => key.Fingerprint))}.") : null;
    }

    /// <summary>Looks through the whole chain for where it should stand.</summary>
    private ChainBreak OutOfOrder(Place place, ReadReceipt receipt, long expected)
    {
        var twin = Places().TakeWhile(other => other.File != place.File || other.Line != place.Line).Any(other => other.Text.Span.SequenceEqual(place.Text.Span));
        if (twin)
            return Broken(place, BreakKind.Duplicated, "it stands here a second time.", expected);
        var elsewhere = Places().Any(other => ReadReceipt.TryRead(other.Text, out _) is { } read && read.Link.Sequence == expected && read.Link.ChainId == receipt.Link.ChainId);
        return receipt.Link.Sequence < expected || elsewhere
            ? Broken(place, BreakKind.Reordered, $"it is number {Number(receipt.Link.Sequence)} and stands where {Number(expected)} should.", expected)
            : Broken(place, BreakKind.Removed, receipt.Link.Sequence == expected + 1 ? $"receipt {Number(expected)} is missing before it." : $"receipts {Number(expected)} to {Number(receipt.Link.Sequence - 1)} are missing before it.", expected);
    }

    private IEnumerable<Place> Places() => files.SelectMany(file => Path.GetExtension(file) is ".json"
        ? JsonFiles.Receipts(file).Select((text, i) => new Place(file, i + 1, text, IsWhole: true))
        : ReceiptFiles.Lines(file).Select((line, i) => new Place(file, i + 1, line.Line, line.IsWhole)));

    private IEnumerable<ReceiptAnchor> AnchorsOfThis() => anchors.Where(anchor => anchor.ChainId == _first?.Link.ChainId);

    private ChainBreak Broken(Place place, BreakKind kind, string message, ReadReceipt? before) => Broken(place, kind, message, before is null ? 1 : before.Link.Sequence + 1);

    private ChainBreak Broken(Place place, BreakKind kind, string message, long sequence) => new(kind, Show(place.File), place.Line, sequence, message);

    private static ChainBreak About(BreakKind kind, long? sequence, string message) => new(kind, null, null, sequence, message);

    private string Show(string file) => Path.GetRelativePath(root, file);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
