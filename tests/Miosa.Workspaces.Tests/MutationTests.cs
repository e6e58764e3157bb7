using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Miosa.Workspaces.Tests;

/// <summary>Whatever happens to a file: it is loaded, bounded, and every problem has a place in it.</summary>
public sealed class MutationTests
{
    // The bound proper, 100 ms, is held by the bench on a quiet machine.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(10);

    private static readonly (string Path, string Text)[] Files =
    [
        ("SYSTEM.md", "---\nversion: 1\n---\n# Acme\n\n- one\n- two\n\n```sh\nls\n```\n"),
        ("company.yaml", "name: Acme\nbudget: &b { monthly_usd: 4, per_agent_usd: null }\nother: *b\napprovals:\n  mode: auto\n  rules:\n    - deny: [x]\n      agents: [a]\n    - allow: [\"y*\"]\n      limits: { max_cost: 3, per: day }\nprimary_device: { type: sandbox }\ntext: |\n  many\n  lines\n"),
        ("COMPANY.md", "---\nname: Lean\nschema: agentcompanies/v1\nsources:\n  - { kind: url, url: x }\n---\nBody\n"),
        ("agents/a.md", "---\nid: a\nreportsTo: b\ntools: [Bash, \"x.*\"]\nbudget: 5\ndevices: [use]\n---\n# A\n\n## Scope\n- a\n  more\n- b\n"),
        ("skills/tea/SKILL.md", "---\nname: tea\ndescription: Makes: tea\nmetadata:\n  inputs: a, b\ninputs:\n  - name: leaf\n    required: true\n---\n# Tea\n[x](references/x.md)\n## Outputs\n- **cup** (hot): tea\n"),
        ("runbooks/r.md", "---\nname: R\nschedule: { cron: \"0 9 * * 1\", timezone: Europe/Vienna }\n---\n## Steps\n1. One\n2. Two\n## Checks\n- Yes\n"),
        ("runbooks/r.yaml", "name: R\nsteps:\n  - do: x\n    skill: tea\n  - y\n"),
        ("teams/t/TEAM.md", "---\nname: T\nmanager: a\nmembers: [a, b]\n---\n"),
        ("tasks/T-1.yaml", "id: T-1\ntitle: T\npriority: high\nschedule: \"*/5 * * * *\"\n"),
        ("paperclip.manifest.yaml", "triggers:\n  - { name: d, type: cron, schedule: \"0 6 * * *\", skill: /tea, args: { a: [1, 2] } }\n"),
        (".paperclip.yaml", "schema: paperclip/v1\nroutines:\n  w:\n    triggers:\n      - { kind: schedule, cronExpression: \"0 9 * * 1\" }\nagents:\n  a: { adapter: { type: x } }\n"),
        ("IDENTITY.md", "- **Name:** Robin\n- **Role**: fox\n"),
    ];

    private static readonly string[] Pieces =
    [
        "---\n", "...\n", ": ", ":", "- ", "[", "]", "{", "}", "\"", "'", "|\n", ">\n", "&a ", "*a", "<<: *a\n", "!x ", "? ", "#", "\t", "\n", "\r\n", "\r", "\0", "\u0085", "\u2028", "\ufeff", "é", "😀", "%", "@", "`", "null", "~",
        "](", ")", "```\n", "# ", "## Steps\n", "1. ", "\\", "\\x", "\\uD800", "0 9 * * 1", "sk-", "-----BEGIN", "(", new('[', 300), new('a', 5_000), new(' ', 3_000), string.Concat(Enumerable.Repeat("a: b\n", 300)),
    ];

    [Fact]
    public void Ten_thousand_files_in_any_state_are_loaded_and_their_problems_have_places()
    {
        var edit = from place in Gen.Choose(0, 10_000) from length in Gen.Choose(0, 40) from piece in Gen.Elements(Pieces) from kind in Gen.Choose(0, 4) select (place, length, piece, kind);
        var mutant = from file in Gen.Elements(Files) from edits in edit.ListOf() from asLatin in Gen.Choose(0, 20) select (file, edits, asLatin);

        Prop.ForAll(mutant.ToArbitrary(), mutated => IsLoaded(mutated.file.Path, Mutate(mutated.file.Text, mutated.edits, mutated.asLatin)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(10_000).WithStartSize(1).WithEndSize(25));
    }

    [Fact]
    public void Files_made_to_be_slow_are_not() => Assert.All(Slow(), file => Assert.True(IsLoaded(file.Path, Encoding.UTF8.GetBytes(file.Text))));

    internal static IEnumerable<(string Path, string Text)> Slow()
    {
        foreach (var piece in Pieces.Where(piece => piece.Length < 50))
        {
            var many = string.Concat(Enumerable.Repeat(piece, 200_000 / piece.Length));
            yield return ("company.yaml", "name: A\nx: " + many);
            yield return ("agents/a.md", "---\n" + many);
            yield return ("skills/a/SKILL.md", "---\nname: a\ndescription: b\n---\n" + many);
        }
        yield return ("company.yaml", string.Concat(Enumerable.Range(0, 20_000).Select(i => $"k{i}: a: b\n")));
        yield return ("company.yaml", string.Concat(Enumerable.Range(0, 20_000).Select(i => $"k{i}: [\n")));
        yield return ("agents/a.md", "- x\n" + string.Concat(Enumerable.Repeat("  more\n", 100_000)));
        yield return ("company.yaml", string.Concat(Enumerable.Range(0, 5_000).Select(i => $"k{i}: &k{i} {{}}\nl{i}: *k{i}\n")));
        yield return ("company.yaml", "a: &a {" + string.Join(",", Enumerable.Range(0, 4_000).Select(i => $"k{i}: 1")) + "}\n" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"m{i}: {{<<: *a}}\n")));
    }

    internal static byte[] Mutate(string text, IEnumerable<(int Place, int Length, string Piece, int Kind)> edits, int asLatin)
    {
        var mutated = text;
        foreach (var (place, length, piece, kind) in edits)
        {
            var at = mutated.Length is 0 ? 0 : place % mutated.Length;
            var end = Math.Min(mutated.Length, at + length);
            mutated = kind switch
            {
                0 => mutated[..at] + mutated[end..],
                1 => mutated[..end] + mutated[at..end] + mutated[end..],
                2 => mutated[..at],
                _ => mutated[..at] + piece + mutated[at..],
            };
            if (mutated.Length > 300_000)
                break;
        }
        return asLatin switch { 0 => Encoding.Latin1.GetBytes(mutated), 1 => Encoding.Unicode.GetBytes(mutated), _ => Encoding.UTF8.GetBytes(mutated) };
    }

    private static bool IsLoaded(string path, byte[] content)
    {
        var started = Stopwatch.StartNew();
        var loaded = Folder.LoadBytes(path, content);
        var lines = content.Count(sign => sign is (byte)'\n' or (byte)'\r') + 2;
        return started.Elapsed < Hang
            && loaded.Problems.Count < 200
            && loaded.Problems.Concat(loaded.StrictProblems).All(problem => problem.Line >= 1 && problem.Line <= lines && problem.Column >= 1 && problem.What.Length is > 0 and < 1_000 && problem.Mend.Length > 0 && CodeTitles.All.ContainsKey(problem.Code));
    }
}
