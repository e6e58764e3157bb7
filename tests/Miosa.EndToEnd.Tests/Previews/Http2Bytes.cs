using System.Buffers.Binary;
using System.Text;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>HTTP/2 as it goes over the wire, written by hand: no client library says what an attacker would.</summary>
internal static class Http2Bytes
{
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte Ping = 6;

    /// <summary>The answer to <see cref="Asked"/>.</summary>
    public static byte[] PingAnswer => Frame(Ping, flags: 1, id: 0, "pinghere"u8.ToArray());

    /// <summary>A question that is answered once all before it was read.</summary>
    public static byte[] Asked => Frame(Ping, flags: 0, id: 0, "pinghere"u8.ToArray());

    /// <summary>How a connection begins.</summary>
    public static byte[] Begin(byte[] settings) => [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, flags: 0, id: 0, settings)];

    /// <summary>The first request of a connection, and the only one.</summary>
    public static byte[] Request(IReadOnlyList<(string Name, string Value)> headers, byte[] settings)
    {
        using var block = new MemoryStream();
        // Pseudo headers go first.
        foreach (var (name, value) in headers.OrderBy(header => header.Name[0] is not ':'))
        {
            block.WriteByte(0);
            WriteText(block, name);
            WriteText(block, value);
        }
        return [.. Begin(settings), .. Frame(Headers, flags: 5, id: 1, block.ToArray())];
    }

    /// <summary>
    /// Requests whose headers are long to who reads them and short to who sends them: the first names one that both
    /// sides keep, and all say it again and again by its number.
    /// </summary>
    public static byte[] Bomb(int requests, string authority, string name, int length, int times)
    {
        using var said = new MemoryStream();
        for (var i = 0; i < requests; i++)
        {
            using var block = new MemoryStream();
            // GET, http and / have numbers of their own.
            block.Write([0x82, 0x86, 0x84, 0x01]);
            WriteText(block, authority);
            if (i is 0)
            {
                block.WriteByte(0x40);
                WriteText(block, name);
                WriteText(block, new string('x', length));
            }
            block.Write(Enumerable.Repeat((byte)(0x80 | 62), i is 0 ? times - 1 : times).ToArray());
            said.Write(Frame(Headers, flags: 5, id: (2 * i) + 1, block.ToArray()));
        }
        return said.ToArray();
    }

    private static byte[] Frame(byte type, byte flags, int id, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
        payload.CopyTo(frame, 9);
        return frame;
    }

    private static void WriteText(Stream stream, string text)
    {
        WriteLength(stream, text.Length);
        stream.Write(Encoding.ASCII.GetBytes(text));
    }

    private static void WriteLength(Stream stream, int length)
    {
        if (length < 127)
        {
            stream.WriteByte((byte)length);
            return;
        }
        stream.WriteByte(127);
        for (length -= 127; length >= 128; length >>= 7)
            stream.WriteByte((byte)((length & 127) | 128));
        stream.WriteByte((byte)length);
    }
}
