using System.Buffers;
using System.Buffers.Text;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Receipts.Format;

/// <summary>
/// Writes JSON that is canonical as it comes: whoever calls gives the names of an object in their order, and texts
/// without halves of surrogate pairs.
/// </summary>
internal sealed class CanonicalWriter(IBufferWriter<byte> text)
{
    private bool _first = true;

    public void Begin()
    {
        text.Write("{"u8);
        _first = true;
    }

    public void Begin(string name)
    {
        Name(name);
        Begin();
    }

    public void End()
    {
        text.Write("}"u8);
        _first = false;
    }

    public void Text(string name, string? value)
    {
        if (value is null)
            return;
        Name(name);
        CanonicalJson.WriteString(value, text);
    }

    public void TextOrNull(string name, string? value)
    {
        Name(name);
        if (value is null)
            text.Write("null"u8);
        else
            CanonicalJson.WriteString(value, text);
    }

    public void Number(string name, long value)
    {
        Name(name);
        Utf8Formatter.TryFormat(value, text.GetSpan(20), out var written);
        text.Advance(written);
    }

    public void True(string name)
    {
        Name(name);
        text.Write("true"u8);
    }

    public void Texts(string name, IReadOnlyList<string> values)
    {
        Name(name);
        text.Write("["u8);
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0)
                text.Write(","u8);
            CanonicalJson.WriteString(values[i], text);
        }
        text.Write("]"u8);
    }

    private void Name(string name)
    {
        if (!_first)
            text.Write(","u8);
        _first = false;
        CanonicalJson.WriteString(name, text);
        text.Write(":"u8);
    }
}
