namespace Miosa.Workspaces;

/// <summary>The names under which things are known; the first that takes a name has it.</summary>
internal sealed class Names
{
    private const int Shown = 8;
    private readonly Dictionary<string, string> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _ids = [];

    public int Count => _ids.Count;

    public void Add(string id, params ReadOnlySpan<string> others)
    {
        // An id goes before what others are merely called.
        _byName[id] = id;
        _ids.Add(id);
        foreach (var other in others)
        {
            if (other.Length > 0)
                _byName.TryAdd(other, id);
        }
    }

    public string? Find(string name) => _byName.GetValueOrDefault(name) ?? _byName.GetValueOrDefault(Reading.Slug.Of(name));

    public override string ToString() => string.Join(", ", _ids.Take(Shown)) + (_ids.Count > Shown ? ", …" : "");
}
