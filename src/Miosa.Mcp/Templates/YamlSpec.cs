using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Miosa.Mcp.Templates;

/// <summary>
/// Reads the plain part of YAML: values, lists and fields. Anchors, tags and a second document are refused, since a
/// person who writes a template needs none, and a small file that means a huge one needs them.
/// </summary>
internal static class YamlSpec
{
    private const int MostCharacters = 256 * 1024;
    private const int MostNodes = 10_000;
    private const int Deepest = 8;

    /// <exception cref="SpecException">It is not YAML, or more than a template needs.</exception>
    public static SpecNode Read(string text)
    {
        if (text.Length > MostCharacters)
            throw new SpecException($"The file has {text.Length} characters; {MostCharacters} is the most.");
        var reading = new Reading(new Parser(new StringReader(text)));
        try
        {
            return reading.Document();
        }
        catch (YamlException exception)
        {
            throw new SpecException($"{Line(exception.Start)}: this is not YAML: {exception.Message}");
        }
        catch (Exception exception) when (exception is not SpecException)
        {
            // The parser's own faults on text that is none: whoever wrote it has to know, and nobody else.
            throw new SpecException($"This is not YAML that can be read: {exception.Message}");
        }
    }

    private static string Line(Mark mark) => string.Create(CultureInfo.InvariantCulture, $"line {mark.Line}");

    private sealed class Reading(Parser parser)
    {
        private int _nodes;

        public SpecNode Document()
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
                throw new SpecException("The file is empty.");
            parser.Consume<DocumentStart>();
            var node = Node(depth: 0);
            parser.Consume<DocumentEnd>();
            return parser.Accept<StreamEnd>(out _) ? node : throw new SpecException($"{Line(parser.Current!.Start)}: a second document begins here; a template is one.");
        }

        private SpecNode Node(int depth)
        {
            var at = Line(parser.Current!.Start);
            if (depth > Deepest || ++_nodes > MostNodes)
                throw new SpecException($"{at}: this goes deeper or on longer than any template.");
            if (parser.Current is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias)
                throw new SpecException($"{at}: anchors and aliases (`&`, `*`) are not taken; write the value out. Put quotes around a text that begins with one.");
            if (parser.Current is NodeEvent { Tag.IsEmpty: false })
                throw new SpecException($"{at}: tags (`!`) are not taken; put quotes around a text that begins with one.");
            if (parser.TryConsume<Scalar>(out var scalar))
                return new SpecNode.Scalar(at, scalar.Value);
            return parser.TryConsume<SequenceStart>(out _) ? List(at, depth) : Map(at, depth);
        }

        private SpecNode.List List(string at, int depth)
        {
            List<SpecNode> items = [];
            while (!parser.TryConsume<SequenceEnd>(out _))
                items.Add(Node(depth + 1));
            return new SpecNode.List(at, items);
        }

        private SpecNode.Map Map(string at, int depth)
        {
            parser.Consume<MappingStart>();
            Dictionary<string, SpecNode> fields = new(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (Node(depth + 1) is not SpecNode.Scalar name)
                    throw new SpecException($"{at}: a field's name is a single word.");
                if (!fields.TryAdd(name.Text, Node(depth + 1)))
                    throw new SpecException($"{name.At}: `{SpecReader.Show(name.Text)}` is here for the second time.");
            }
            return new SpecNode.Map(at, fields);
        }
    }
}
