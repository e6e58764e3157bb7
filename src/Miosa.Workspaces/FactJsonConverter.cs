using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Miosa.Workspaces;

/// <summary>Facts are JSON, to whoever writes a model down or shows a part of it.</summary>
internal sealed class FactJsonConverter : JsonConverter<Fact>
{
    // Null is a value of ours.
    public override bool HandleNull => true;

    public override Fact Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.True: return new Fact.Flag(true);
            case JsonTokenType.False: return new Fact.Flag(false);
            case JsonTokenType.String: return new Fact.Text(reader.GetString()!);
            case JsonTokenType.Number: return new Fact.Number(reader.GetDecimal().ToString(CultureInfo.InvariantCulture));
            case JsonTokenType.StartArray:
                List<Fact> items = [];
                while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray)
                    items.Add(Read(ref reader, typeToConvert, options));
                return new Fact.List(items);
            case JsonTokenType.StartObject:
                List<KeyValuePair<string, Fact>> fields = [];
                while (reader.Read() && reader.TokenType is not JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    fields.Add(new(name, Read(ref reader, typeToConvert, options)));
                }
                return new Fact.Map(fields);
            default: return Fact.Nothing.Value;
        }
    }

    public override void Write(Utf8JsonWriter writer, Fact value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case Fact.Flag flag: writer.WriteBooleanValue(flag.Value); break;
            case Fact.Text text: writer.WriteStringValue(text.Value); break;
            case Fact.Number { AsDecimal: { } number }: writer.WriteNumberValue(number); break;
            case Fact.Number number: writer.WriteStringValue(number.Digits); break;
            case Fact.List list:
                writer.WriteStartArray();
                foreach (var item in list.Items)
                    Write(writer, item, options);
                writer.WriteEndArray();
                break;
            case Fact.Map map:
                writer.WriteStartObject();
                foreach (var (name, field) in map.Fields)
                {
                    writer.WritePropertyName(name);
                    Write(writer, field, options);
                }
                writer.WriteEndObject();
                break;
            default: writer.WriteNullValue(); break;
        }
    }
}

/// <summary>Facts as JSON, made when the program was.</summary>
[JsonSerializable(typeof(Fact))]
internal sealed partial class FactJson : JsonSerializerContext;
