using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Miosa.EndToEnd.Tests.Network;

/// <summary>A name server that says what a test has it say: what a name leads to, each time it is asked.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private const int HeaderBytes = 12;
    private const ushort TypeA = 1;
    private const ushort TypeAaaa = 28;
    private readonly UdpClient _socket;
    private readonly Dictionary<string, Queue<string[]>> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly Task _serving;

    private NameServer(IPAddress address)
    {
        Address = address;
        _socket = new UdpClient(new IPEndPoint(address, 53));
        _serving = ServeAsync();
    }

    /// <summary>Resolvers ask port 53 and no other, so each has an address of its own of the many that are this machine.</summary>
    public IPAddress Address { get; }

    public static NameServer Start() => new(Loopback());

    /// <summary>An address of this machine that nobody else is likely to have taken.</summary>
    public static IPAddress Loopback() => new([127, (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(256), (byte)Random.Shared.Next(1, 255)]);

    /// <summary>What a name leads to; of several answers one after another for each time it is asked, and then the last.</summary>
    public void Say(string name, params IEnumerable<string[]> answers)
    {
        lock (_names)
            _names[name] = new Queue<string[]>(answers);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                var asked = await _socket.ReceiveAsync();
                await _socket.SendAsync(Answer(asked.Buffer), asked.RemoteEndPoint);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> question)
    {
        var (name, end) = NameOf(question);
        var type = BinaryPrimitives.ReadUInt16BigEndian(question[end..]);
        var found = Find(name, type);
        using var answer = new MemoryStream();
        answer.Write(question[..2]);
        Write(answer, [(ushort)(found is null ? 0x8583 : 0x8580), 1, (ushort)(found?.Length ?? 0), 0, 0]);
        answer.Write(question[HeaderBytes..(end + 4)]);
        foreach (var address in found ?? [])
        {
            var bytes = address.GetAddressBytes();
            // The name as in the question, the class of the internet, and good for no time at all.
            Write(answer, [0xc00c, type, 1, 0, 0, (ushort)bytes.Length]);
            answer.Write(bytes);
        }
        return answer.ToArray();
    }

    /// <summary>Null where there is no such name.</summary>
    private IPAddress[]? Find(string name, ushort type)
    {
        lock (_names)
        {
            if (!_names.TryGetValue(name, out var answers))
                return null;
            // Both kinds of addresses are asked for each time, and this one first.
            var now = type is TypeAaaa && answers.Count > 1 ? answers.Dequeue() : answers.Peek();
            return [.. now.Select(IPAddress.Parse).Where(address => type == (address.AddressFamily is AddressFamily.InterNetwork ? TypeA : TypeAaaa))];
        }
    }

    private static (string Name, int End) NameOf(ReadOnlySpan<byte> question)
    {
        List<string> labels = [];
        var at = HeaderBytes;
        while (question[at] is > 0 and var length)
        {
            labels.Add(Encoding.ASCII.GetString(question.Slice(at + 1, length)));
            at += length + 1;
        }
        return (string.Join('.', labels), at + 1);
    }

    private static void Write(Stream stream, ReadOnlySpan<ushort> numbers)
    {
        Span<byte> two = stackalloc byte[2];
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteUInt16BigEndian(two, number);
            stream.Write(two);
        }
    }
}
