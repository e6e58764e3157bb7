using System.Text;

namespace Miosa.Workspaces.Tests;

public sealed class OddFileTests
{
    [Fact]
    public void A_text_with_a_colon_in_it_is_taken_as_it_was_meant()
    {
        var loaded = Folder.Load(("skills/tea/SKILL.md", "---\nname: tea\ndescription: Use it: it's \"hot\"\n---\nx\n"), ("AGENTS.md", "x"));

        Assert.Equal("Use it: it's \"hot\"", loaded.Workspace.Skills[0].Description);
        Assert.Equal(["MW022 skills/tea/SKILL.md:3:14"], loaded.Places());
    }

    [Fact]
    public void Front_matter_without_an_end_is_read_to_the_first_heading_and_allows_nothing()
    {
        var loaded = Folder.Load(("AGENTS.md", "x"), ("agents/a.md", "---\nname: Ada\ntools: [\"*\"]\n# Ada\n\nHello\n"));

        Assert.Equal("Ada", loaded.Workspace.Agents[0].Name);
        Assert.Equal("# Ada\n\nHello\n", loaded.Workspace.Agents[0].Body);
        Assert.Equal([], loaded.Workspace.Agents[0].Tools.Allow!);
        Assert.Equal(["MW021 agents/a.md:1:1", "MW057 agents/a.md:2:1"], loaded.Places());
    }

    [Fact]
    public void A_field_that_cannot_be_read_does_not_take_the_others_with_it()
    {
        var loaded = Folder.Load(("SYSTEM.md", "x"), ("company.yaml", "name: Acme\nmission: \"no end\noffers:\n  - a\nslug: acme\n"));

        Assert.Equal(("Acme", "acme"), (loaded.Workspace.Company.Name, loaded.Workspace.Company.Slug));
        Assert.Contains(loaded.Problems, problem => problem is { Code: "MW020", Severity: Severity.Error });
    }

    [Fact]
    public void A_bomb_of_aliases_is_counted_as_what_it_means()
    {
        var bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(1, 12).Select(i => $"{(char)('a' + i)}: &{(char)('a' + i)} [{string.Join(',', Enumerable.Repeat("*" + (char)('a' + i - 1), 10))}]\n"));

        var loaded = Folder.Load(("company.yaml", "name: Boom\n" + bomb));

        Assert.Contains(loaded.Problems, problem => problem.Code is "MW024");
        Assert.Equal(ApprovalMode.Manual, loaded.Workspace.Company.Approvals.Mode);
    }

    [Fact]
    public void Depth_is_counted_with_the_aliases_written_out()
    {
        var chain = "k0: &k0 x\n" + string.Concat(Enumerable.Range(1, 30).Select(i => $"k{i}: &k{i} [[[[[[[[*k{i - 1}]]]]]]]]\n"));

        Assert.Contains("MW024", Folder.Load(("company.yaml", chain)).Problems.Select(problem => problem.Code));
    }

    [Theory]
    [InlineData("a: &a [*a]\n", "MW025")]
    [InlineData("a: &a {b: *a}\n", "MW025")]
    [InlineData("a: *nobody\n", "MW022")]
    [InlineData("name: A\n---\nname: B\n", "MW026")]
    [InlineData("name: !secret A\n", "MW027")]
    [InlineData("? [a]\n: b\n", "MW028")]
    [InlineData("- a\n- b\n", "MW030")]
    [InlineData("name: [a]\n", "MW031")]
    [InlineData("a:\n\tb: 1\n", "MW020")]
    public void What_is_odd_about_yaml_is_told(string text, string code) =>
        Assert.Contains(code, Folder.Load(("company.yaml", text)).Problems.Select(problem => problem.Code));

    [Fact]
    public void Aliases_and_merges_that_mean_little_are_taken()
    {
        var company = Folder.Load(("SYSTEM.md", "x"), ("company.yaml", "name: A\nbase: &base { price: 1, tax: 2 }\noffer:\n  <<: *base\n  price: 3\n")).Workspace.Company;

        Assert.Equal(("3", "2"), (company.Facts.At("offer.price")?.Words, company.Facts.At("offer.tax")?.Words));
    }

    [Fact]
    public void What_goes_deeper_than_anybody_means_is_told() =>
        Assert.Contains("MW024", Folder.Load(("company.yaml", "a: " + new string('[', 20_000) + new string(']', 20_000))).Problems.Select(problem => problem.Code));

    public static TheoryData<string, byte[], string?> Encodings => new()
    {
        { "UTF-8 with a mark", [0xEF, 0xBB, 0xBF, .. "Grüße"u8], "MW004" },
        { "UTF-16", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("Grüße")], "MW003" },
        { "UTF-16, the other way round", [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("Grüße")], "MW003" },
        { "UTF-16 without a mark", Encoding.Unicode.GetBytes("Grüße"), "MW003" },
        { "Latin-1", Encoding.Latin1.GetBytes("Grüße"), "MW003" },
        { "UTF-8", Encoding.UTF8.GetBytes("Grüße"), null },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Every_encoding_is_read_and_told(string name, byte[] content, string? code)
    {
        var loaded = Folder.LoadBytes("SYSTEM.md", content);

        Assert.True(loaded.Workspace.BootText is "Grüße", name);
        Assert.Equal(code is null ? [] : [code], loaded.Problems.Where(problem => problem.File is "SYSTEM.md").Select(problem => problem.Code));
    }

    [Theory]
    [InlineData(new byte[] { 65, 0, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66 }, "A\uFFFDBBBBBBBBBB")]
    [InlineData(new byte[] { 0, 1, 0, 0, 3, 0, 0, 0, 0, 1 }, "")]
    public void What_is_no_text_is_told(byte[] content, string text)
    {
        var loaded = Folder.LoadBytes("SYSTEM.md", content);

        Assert.Equal(text, loaded.Workspace.BootText);
        Assert.Contains("MW005", loaded.Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void A_file_of_ten_megabytes_is_read_as_far_as_files_are()
    {
        var loaded = Folder.Load(("SYSTEM.md", string.Concat(Enumerable.Repeat("Grüße und Küsse\n", 700_000))));

        Assert.InRange(loaded.Workspace.BootText.Length, 800_000, 1024 * 1024);
        Assert.Equal(["MW002 SYSTEM.md:1:1"], loaded.Places().Where(place => place.StartsWith("MW00", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_secret_is_told_and_never_shown()
    {
        var loaded = Folder.Load(("SYSTEM.md", "key: sk-" + "abc123def456ghi789jkl0" + "\n"));

        Assert.Equal(["MW090"], loaded.Problems.Where(problem => problem.File.Length > 0).Select(problem => problem.Code));
        Assert.DoesNotContain(loaded.Problems, problem => problem.ToString().Contains("abc123", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_with_endless_problems_tells_some_and_counts_the_others()
    {
        var loaded = Folder.Load(("company.yaml", "name: A\n" + string.Concat(Enumerable.Range(0, 500).Select(i => $"k{i}: !t x\n"))));

        Assert.Equal(51, loaded.Problems.Count(problem => problem.File is "company.yaml"));
        Assert.Contains(loaded.Problems, problem => problem.Code is "MW099" && problem.What.Contains("450", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_stranger_wrote_is_shown_without_its_tricks()
    {
        var problem = Assert.Single(Folder.Load(("SYSTEM.md", "x"), ("company.yaml", "name: A\napprovals: \"a\\e[31m\\u202e\\n" + new string('x', 500) + "\"\n")).Problems);

        Assert.DoesNotContain(problem.What, sign => char.IsControl(sign) || sign is '\u202e');
        Assert.InRange(problem.What.Length, 1, 200);
    }
}
