using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>
/// How many connections there are, and which of them make way. One on which nobody has been let in at the moment is
/// closed for one that may be, the longest waiting first: thousands that trickle never keep out a visitor who asks. They
/// make way too where what strangers said on them takes more memory than is meant for all of them together.
/// </summary>
internal sealed class EdgeConnections(IOptions<PreviewOptions> options)
{
    private const long MiB = 1024 * 1024;

    /// <summary>Where a connection carries its entry.</summary>
    public static readonly object Key = new();

    private readonly Lock _lock = new();
    private readonly LinkedList<Connection> _waiting = [];
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private long _strangersBytes;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public async Task OnConnectionAsync(ConnectionContext context, ConnectionDelegate next)
    {
        var address = (context.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (Admit(context, address) is not { } connection)
        {
            context.Abort(new ConnectionAbortedException("There are too many connections."));
            return;
        }
        context.Items[Key] = connection;
        try
        {
            await next(context);
        }
        finally
        {
            Remove(connection, address);
        }
    }

    /// <summary>
    /// Counts what a request holds of somebody who is not let in. It counts until the connection ends: the server keeps
    /// the headers of streams that have ended for those that come after them.
    /// </summary>
    private void Weigh(Connection connection, long bytes, bool isAlone)
    {
        List<Connection> makeWay = [];
        lock (_lock)
        {
            var weight = isAlone ? Math.Max(connection.Weight, bytes) : Math.Min(connection.Weight + bytes, EdgeServer.MostStreams * EdgeServer.MostHeaderBytes * sizeof(char));
            _strangersBytes += weight - connection.Weight;
            connection.Weight = weight;
            for (var next = _waiting.First; next is not null && _strangersBytes > options.Value.StrangersMiB * MiB;)
            {
                var waiting = next.Value;
                next = next.Next;
                if (waiting.Weight is 0)
                    continue;
                _waiting.Remove(waiting.Place);
                Forget(waiting);
                makeWay.Add(waiting);
            }
            // What is left is held beside requests of those who were let in, who keep theirs, but get no more of it.
            if (_strangersBytes > options.Value.StrangersMiB * MiB)
            {
                Forget(connection);
                makeWay.Add(connection);
            }
        }
        makeWay.ForEach(static connection => connection.Abort());
    }

    private void Forget(Connection connection)
    {
        _strangersBytes -= connection.Weight;
        connection.Weight = 0;
    }

    private Connection? Admit(ConnectionContext context, IPAddress address)
    {
        Connection? makesWay = null;
        Connection connection;
        lock (_lock)
        {
            var fromThere = _byAddress.GetValueOrDefault(address);
            // All that come from this machine have one address; they share the whole.
            if (fromThere >= options.Value.ConnectionsPerAddress && !IPAddress.IsLoopback(address))
                return null;
            if (_count >= options.Value.Connections)
            {
                if (_waiting.First is not { } oldest)
                    return null;
                makesWay = oldest.Value;
                _waiting.Remove(oldest);
            }
            connection = new Connection(this, context);
            _waiting.AddLast(connection.Place);
            _byAddress[address] = fromThere + 1;
            _count++;
        }
        makesWay?.Abort();
        return connection;
    }

    private void Remove(Connection connection, IPAddress address)
    {
        lock (_lock)
        {
            if (connection.Place.List is not null)
                _waiting.Remove(connection.Place);
            Forget(connection);
            if (--_byAddress[address] is 0)
                _byAddress.Remove(address);
            _count--;
        }
    }

    /// <summary>One connection; it waits for requests, or works on some.</summary>
    internal sealed class Connection
    {
        private readonly EdgeConnections _all;
        private readonly ConnectionContext _context;
        private int _requests;

        public Connection(EdgeConnections all, ConnectionContext context)
        {
            _all = all;
            _context = context;
            Place = new LinkedListNode<Connection>(this);
        }

        public LinkedListNode<Connection> Place { get; }

        /// <summary>About how many bytes strangers hold here. Under the lock of all.</summary>
        public long Weight { get; set; }

        /// <summary>Somebody who is not let in has asked.</summary>
        /// <param name="isAlone">Whether no other request can be under way here at the same time.</param>
        public void CountStranger(long bytes, bool isAlone) => _all.Weigh(this, bytes, isAlone);

        public void Abort() => _context.Abort(new ConnectionAbortedException("It made way for another."));

        public void BeginRequest()
        {
            lock (_all._lock)
            {
                if (_requests++ is 0 && Place.List is not null)
                    _all._waiting.Remove(Place);
            }
        }

        public void EndRequest()
        {
            lock (_all._lock)
            {
                if (--_requests is 0 && Place.List is null)
                    _all._waiting.AddLast(Place);
            }
        }
    }
}
