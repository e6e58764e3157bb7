using System.Globalization;
using System.Text.Json.Serialization;

namespace Miosa.Workspaces;

/// <summary>A value out of a file of the contract, as JSON knows values. What nobody of ours understands is kept as these.</summary>
[JsonConverter(typeof(FactJsonConverter))]
public abstract record Fact
{
    private Fact() { }

    /// <summary>Written as null, or with nothing behind the colon.</summary>
    public sealed record Nothing : Fact
    {
        public static Nothing Value { get; } = new();
    }

    public sealed record Flag(bool Value) : Fact;

    /// <summary>A number, with the digits that were written: they may be more than a double holds.</summary>
    public sealed record Number(string Digits) : Fact
    {
        public decimal? AsDecimal => decimal.TryParse(Digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    public sealed record Text(string Value) : Fact;

    public sealed record List(IReadOnlyList<Fact> Items) : Fact
    {
        public bool Equals(List? other) => other is not null && Items.SequenceEqual(other.Items);

        public override int GetHashCode() => Items.Count;
    }

    /// <summary>Fields in the order in which they were written.</summary>
    public sealed record Map(IReadOnlyList<KeyValuePair<string, Fact>> Fields) : Fact
    {
        public static Map Empty { get; } = new([]);

        public bool Equals(Map? other) => other is not null && Fields.SequenceEqual(other.Fields);

        public override int GetHashCode() => Fields.Count;

        public Fact? this[string name]
        {
            get
            {
                foreach (var (field, value) in Fields)
                {
                    if (string.Equals(field, name, StringComparison.Ordinal))
                        return value;
                }
                return null;
            }
        }
    }

    /// <summary>The value at a path such as `offers.0.price`, or null. An empty path is this value.</summary>
    public Fact? At(string path)
    {
        Fact? fact = this;
        foreach (var step in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            fact = fact switch
            {
                Map map => map[step],
                List list when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Items.Count => list.Items[index],
                _ => null,
            };
            if (fact is null)
                return null;
        }
        return fact;
    }

    /// <summary>The words of a plain value; null of a list, a map and of nothing.</summary>
    public string? Words => this switch
    {
        Text text => text.Value,
        Number number => number.Digits,
        Flag flag => flag.Value ? "true" : "false",
        _ => null,
    };
}
