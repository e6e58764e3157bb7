using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Miosa.Workspaces.Reading;

/// <summary>
/// Reads YAML as people write it: takes what it can, tells what it cannot. Its work is bounded by the characters and by
/// the values that the text means with every alias written out.
/// </summary>
internal sealed class YamlReader(SourceText source, ProblemList problems, LoadLimits limits)
{
    private const int MostCharacters = 256 * 1024;

    /// <summary>Reads a part of the file. Null where there is nothing.</summary>
    public YamlNode? Read(int start, int length)
    {
        if (length > MostCharacters)
        {
            problems.IsDamaged = true;
            problems.Error(Codes.YamlTooLarge, start, $"this is YAML of {length} characters; {MostCharacters} are read.", "move long texts into files of their own.");
            length = source.LineStart(source.LineOf(start + MostCharacters)) - start;
        }
        var text = source.Text.Substring(start, length);
        if (Try(text, at => start + at, out var node) is not { } fault)
            return node;
        if (fault is YamlBoundException bound)
        {
            Tell(bound);
            return null;
        }

        var repair = YamlRepair.QuoteTexts(text);
        if (repair.Lines.Count > 0 && Try(repair.Text, at => start + repair.Original(at), out node) is null)
        {
            foreach (var line in repair.Lines)
                problems.Warning(Codes.UnquotedText, start + line.At, $"the text of {Quote.Of(line.Key)} has a sign in it that YAML reads as its own; it was taken as one text.", "put it into quotes.", new Fix("put the text into quotes", [.. line.Insertions.Select(at => new TextEdit(start + at, 0, "'"))]));
            return node;
        }
        return Piecewise(text, start);
    }

    /// <summary>Field by field, so that one that cannot be read does not take the others with it. Its text is kept as it stands.</summary>
    private YamlNode.Map Piecewise(string text, int start)
    {
        problems.IsDamaged = true;
        List<YamlEntry> entries = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var (at, end) in YamlRepair.Blocks(text))
        {
            var block = text[at..end];
            var fault = Try(block, place => start + at + place, out var node);
            if (fault is null && node is YamlNode.Map map)
            {
                foreach (var entry in map.Entries)
                {
                    if (seen.Add(entry.Key.Value))
                        entries.Add(entry);
                    else
                        Twice(entry.Key);
                }
                continue;
            }
            if (fault is null && node is null)
                continue;
            if (fault is not null)
                Tell(fault);
            else
                problems.Error(Codes.NotYaml, start + at, "this is no field of the file.", "write `name: value`.");
            if (YamlRepair.KeyOf(block) is { Length: > 0 } key && seen.Add(key))
                entries.Add(new YamlEntry(new YamlNode.Scalar(start + at, key, IsPlain: true, key.Length), new YamlNode.Scalar(start + at, block[(key.Length + 1)..].Trim(), IsPlain: false, 0)));
        }
        return new YamlNode.Map(start, entries);
    }

    private Exception? Try(string text, Func<int, int> place, out YamlNode? node)
    {
        node = null;
        try
        {
            node = new Reading(problems, limits, Twice, new Parser(new StringReader(text)), place).Document();
            return null;
        }
        catch (YamlBoundException exception)
        {
            return exception;
        }
        catch (YamlException exception)
        {
            return new YamlFaultException(place(Index(exception.Start)), exception.InnerException?.Message ?? exception.Message);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The parser's own faults on text that is no YAML.
            return new YamlFaultException(place(0), "it cannot be understood");
        }
    }

    private void Tell(Exception fault)
    {
        problems.IsDamaged = true;
        switch (fault)
        {
            case YamlBoundException bound:
                problems.Error(bound.Code, bound.At, bound.Message, bound.Mend);
                break;
            case YamlFaultException other:
                problems.Error(Codes.NotYaml, other.At, $"this is not YAML: {Words(other.Message)}.", "look for a missing quote, a tab, or an indentation that differs from the lines around it.");
                break;
        }
    }

    private void Twice(YamlNode.Scalar key)
    {
        problems.IsDamaged = true;
        problems.Error(Codes.KeyTwice, key.At, $"{Quote.Of(key.Value)} is here for the second time; the first one holds.", "remove one of them.");
    }

    private static string Words(string message)
    {
        var text = message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
        return text.Length > 160 ? text[..160] : text;
    }

    private static int Index(Mark mark) => (int)Math.Clamp(mark.Index, 0, int.MaxValue);

    private sealed class Reading(ProblemList problems, LoadLimits limits, Action<YamlNode.Scalar> twice, Parser parser, Func<int, int> place)
    {
        private readonly Dictionary<string, (YamlNode Node, int Size, int Height)> _anchors = new(StringComparer.Ordinal);
        private readonly HashSet<string> _open = new(StringComparer.Ordinal);
        private readonly List<Action> _told = [];
        private int _nodes;

        public YamlNode? Document()
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
                return null;
            parser.Consume<DocumentStart>();
            var node = Node(0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
            {
                var at = place(Index(parser.Current!.Start));
                _told.Add(() => problems.Warning(Codes.SecondDocument, at, "a second document begins here; only the first is read.", "make one document of it, or two files."));
            }
            // Told only when all went well: a text that is read a second time would be told twice.
            foreach (var tell in _told)
                tell();
            return node is YamlNode.Scalar { IsEmpty: true } ? null : node;
        }

        private YamlNode Node(int depth)
        {
            var current = parser.Current ?? throw new YamlException("it ends in the middle");
            var at = place(Index(current.Start));
            if (depth > limits.YamlDepth)
                throw TooDeep(at);
            Count(1, at);
            if (parser.TryConsume<AnchorAlias>(out var alias))
                return Alias(alias.Value.Value, at, depth);

            var anchor = current is NodeEvent { Anchor.IsEmpty: false } named ? named.Anchor.Value : null;
            if (current is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } tag } && !tag.Value.StartsWith("tag:yaml.org,2002:", StringComparison.Ordinal))
                _told.Add(() => problems.Info(Codes.Tag, at, $"the tag {Quote.Of(tag.Value)} means nothing here; the value was taken without it.", "remove the tag."));
            var before = _nodes;
            if (anchor is not null)
                _open.Add(anchor);
            YamlNode node = current switch
            {
                Scalar => Text(at),
                SequenceStart => List(at, depth),
                MappingStart => Map(at, depth),
                _ => throw new YamlException("something else begins here than a value"),
            };
            if (anchor is not null)
            {
                _open.Remove(anchor);
                _anchors[anchor] = (node, _nodes - before + 1, Height(node));
            }
            return node;
        }

        private void Count(int nodes, int at)
        {
            // An alias counts as all that it stands for: a small file cannot mean a huge one.
            if (nodes > limits.YamlNodes - _nodes)
                throw new YamlBoundException(Codes.YamlTooLarge, at, $"with its aliases written out this is more than {limits.YamlNodes} values; nothing of it was read.", "write less into one file, and no aliases of aliases.");
            _nodes += nodes;
        }

        private YamlNode Alias(string name, int at, int depth)
        {
            if (_open.Contains(name))
                throw new YamlBoundException(Codes.BadAlias, at, $"the alias {Quote.Of("*" + name)} stands inside what it stands for.", "write the value out.");
            if (!_anchors.TryGetValue(name, out var known))
                throw new YamlException($"nothing is called &{name}");
            Count(known.Size, at);
            // Whoever walks the value goes as deep as it is with the aliases written out.
            if (depth + known.Height > limits.YamlDepth)
                throw TooDeep(at);
            return known.Node;
        }

        private YamlBoundException TooDeep(int at) =>
            new(Codes.YamlTooLarge, at, $"this is nested deeper than {limits.YamlDepth} levels; nothing of it was read.", "flatten it.");

        private static int Height(YamlNode node) => node switch
        {
            YamlNode.Sequence list => 1 + list.Items.Select(Height).DefaultIfEmpty().Max(),
            YamlNode.Map map => 1 + map.Entries.Select(entry => Height(entry.Value)).DefaultIfEmpty().Max(),
            _ => 0,
        };

        private YamlNode.Scalar Text(int at)
        {
            var scalar = parser.Consume<Scalar>();
            return new YamlNode.Scalar(at, scalar.Value, scalar.Style is ScalarStyle.Plain && scalar.Tag.IsEmpty, Math.Max(0, place(Index(scalar.End)) - at));
        }

        private YamlNode.Sequence List(int at, int depth)
        {
            parser.Consume<SequenceStart>();
            List<YamlNode> items = [];
            while (!parser.TryConsume<SequenceEnd>(out _))
                items.Add(Node(depth + 1));
            return new YamlNode.Sequence(at, items);
        }

        private YamlNode.Map Map(int at, int depth)
        {
            parser.Consume<MappingStart>();
            List<YamlEntry> entries = [];
            HashSet<string> seen = new(StringComparer.Ordinal);
            List<YamlNode> merged = [];
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = Node(depth + 1);
                var value = Node(depth + 1);
                if (key is not YamlNode.Scalar word)
                {
                    problems.IsDamaged = true;
                    _told.Add(() => problems.Warning(Codes.KeyIsNoWord, key.At, "a field's name is a list or a map here; the field was left out.", "give it a word for a name."));
                }
                else if (word is { Value: "<<", IsPlain: true })
                    merged.Add(value);
                else if (seen.Add(word.Value))
                    entries.Add(new YamlEntry(word, value));
                else
                    _told.Add(() => twice(word));
            }
            foreach (var entry in merged.SelectMany(Sources).SelectMany(map => map.Entries))
            {
                Count(1, entry.Key.At);
                if (seen.Add(entry.Key.Value))
                    entries.Add(entry);
            }
            return new YamlNode.Map(at, entries);
        }

        private static IEnumerable<YamlNode.Map> Sources(YamlNode node) => node switch
        {
            YamlNode.Map map => [map],
            YamlNode.Sequence list => list.Items.OfType<YamlNode.Map>(),
            _ => [],
        };
    }
}
