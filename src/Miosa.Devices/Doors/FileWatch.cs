using System.Runtime.CompilerServices;

namespace Miosa.Devices.Doors;

/// <summary>A watch that is in place: nothing that changes from now on is missed without saying so.</summary>
public sealed class FileWatch : IAsyncDisposable
{
    private readonly DoorCall _call;

    private FileWatch(DoorCall call, int watched, int notWatched)
    {
        _call = call;
        Watched = watched;
        NotWatched = notWatched;
    }

    public int Watched { get; }
    public int NotWatched { get; private set; }

    /// <summary>The changes, until what is watched is gone.</summary>
    public async IAsyncEnumerable<FileChanges> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var gone = false; !gone;)
        {
            var (kind, payload) = await _call.ReadAtLeisureAsync(cancellationToken);
            var changes = kind switch
            {
                DoorFrame.Overflow => new FileChanges { Overflowed = true, NotWatched = NotWatched },
                DoorFrame.Changes => Read(payload.Span),
                _ => throw DoorCall.Unexpected(kind),
            };
            NotWatched = changes.NotWatched;
            gone = changes.Changes.Any(change => change.Kind is FileChangeKind.RootGone);
            yield return changes;
        }
    }

    public ValueTask DisposeAsync() => _call.DisposeAsync();

    internal static FileWatch Open(DoorCall call, ReadOnlySpan<byte> payload)
    {
        var fields = new DoorFields(payload);
        var watch = new FileWatch(call, fields.Count(), fields.Count());
        fields.Finish();
        return watch;
    }

    private static FileChanges Read(ReadOnlySpan<byte> payload)
    {
        var fields = new DoorFields(payload);
        var (notWatched, count) = (fields.Count(), fields.Count());
        var changes = new List<FileChange>();
        for (var i = 0; i < count; i++)
        {
            var kind = (FileChangeKind)fields.U8();
            if (!Enum.IsDefined(kind))
                throw new DoorProtocolException($"{(int)kind} is no kind of change.");
            var directory = fields.Flag();
            var (path, old) = (fields.Text(), fields.Text());
            changes.Add(new FileChange(kind, path, directory, old.Length == 0 ? null : old));
        }

        fields.Finish();
        return new FileChanges { Changes = changes, NotWatched = notWatched };
    }
}
