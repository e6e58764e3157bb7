using System.Globalization;
using Miosa.Devices.Native;

namespace Miosa.Devices.Volumes;

/// <summary>
/// Trees of files that are the beginning of many volumes, and change no more. Each has a mark beside it, and each
/// volume that stands on it another name of that mark: so the file system counts who needs a tree, in the same step in
/// which a volume appears or goes, whoever is killed in between. One whose mark has no other name is nobody's; nobody
/// can come to need it either, for a name is only ever given on by a volume that has one.
/// </summary>
internal sealed class SharedTrees(string directory)
{
    private const string Marks = "below";
    private const string Mark = ".mark";

    /// <summary>The kernel puts no more than 500 over each other, and each costs every look a little.</summary>
    private const int MostLayers = 24;

    public void Open() => Directory.CreateDirectory(directory);

    /// <summary>The trees that a volume stands on, the uppermost first.</summary>
    public IReadOnlyList<string> Below(string volume) => [.. MarksOf(volume).Reverse().Select(mark => TreePath(IdOf(mark)))];

    /// <summary>Lets <paramref name="volume"/>, which is being made, stand on what <paramref name="source"/> stands on.</summary>
    public static void Give(string source, string volume)
    {
        Directory.CreateDirectory(Path.Combine(volume, Marks));
        foreach (var mark in MarksOf(source))
            Libc.Link(mark, Path.Combine(volume, Marks, Path.GetFileName(mark)));
    }

    /// <summary>Makes what a volume has of its own the uppermost tree that it stands on. Where that would be one too many, it keeps it.</summary>
    public void Add(string volume, string own)
    {
        var marks = Directory.CreateDirectory(Path.Combine(volume, Marks)).FullName;
        var count = MarksOf(volume).Count();
        if (count >= MostLayers)
            return;
        var id = Guid.NewGuid().ToString("n");
        var mark = Path.Combine(marks, string.Create(CultureInfo.InvariantCulture, $"{count:d3}-{id}"));
        File.WriteAllText(mark, "");
        // A mark of two names before there is a tree, so that nobody ever finds one that seems to be nobody's.
        Libc.Link(mark, TreePath(id) + Mark);
        Directory.Move(own, TreePath(id));
    }

    /// <summary>Removes those that nobody stands on any more.</summary>
    public async Task ClearAsync(Func<string, Task> removeAsync)
    {
        foreach (var mark in Directory.GetFiles(directory, "*" + Mark))
        {
            if (Libc.NamesOf(mark) > 1)
                continue;
            var tree = mark[..^Mark.Length];
            if (Directory.Exists(tree))
                await removeAsync(tree);
            File.Delete(mark);
        }
    }

    private static IOrderedEnumerable<string> MarksOf(string volume)
    {
        var marks = Path.Combine(volume, Marks);
        return (Directory.Exists(marks) ? Directory.GetFiles(marks) : []).Order(StringComparer.Ordinal);
    }

    private static string IdOf(string mark) => Path.GetFileName(mark).Split('-')[1];

    private string TreePath(string id) => Path.Combine(directory, id);
}
