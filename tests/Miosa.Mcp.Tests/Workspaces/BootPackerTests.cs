using System.Globalization;
using System.Text.Json;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Workspaces;
using Miosa.Mcp.Workspaces.Folders;
using Miosa.Mcp.Workspaces.Views;
using Miosa.Workspaces;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>How much of a company fits into so many tokens.</summary>
public sealed class BootPackerTests
{
    [Theory]
    [InlineData(500)]
    [InlineData(800)]
    [InlineData(1_800)]
    [InlineData(5_000)]
    [InlineData(12_000)]
    public void It_keeps_to_its_budget_and_names_what_it_leaves_out(int tokens)
    {
        foreach (var contract in new[] { Large("Plain words. "), Large("Größe \u2192 \uD83D\uDEB2 \"\\\n") })
        {
            foreach (var agent in new[] { null, contract.Workspace.Agents[42] })
            {
                var pack = new BootPacker(contract, agent, tokens).Pack();

                Assert.InRange(JsonSerializer.Serialize(pack, Wire.Options).Length, 1, tokens * BootPacker.CharactersPerToken);
                Assert.InRange(pack.Tokens, 1, tokens);
                Assert.Equal(agent?.Id, pack.Agent);
                Assert.NotEmpty(pack.Boot);
                Assert.True(
                    pack.LeftOut.Any(what => what.Contains("skill_list", StringComparison.Ordinal)) || (pack.Skills.Count is 1_000 && pack.Skills.All(skill => skill.Contains(": ", StringComparison.Ordinal))),
                    "Skills were left out in silence.");
            }
        }
    }

    [Fact]
    public void An_agents_own_skills_come_first()
    {
        var contract = Large("Plain words. ");
        var agent = contract.Workspace.Agents[0] with { Skills = ["skill-900"] };

        var pack = new BootPacker(contract, agent, 1_800).Pack();

        Assert.StartsWith("skill-900: ", pack.Skills[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Names_without_end_do_not_break_it()
    {
        var name = new string('n', 50_000);
        var contract = Contract(new Workspace
        {
            Root = "/acme",
            BootText = name,
            Company = new Company { Name = name, Slug = name, Mission = name },
            Agents = [new Agent { Id = name, Name = name, Body = name, Path = "agents/n.md" }],
            Skills = [new Skill { Name = name, Description = name, Body = name, Path = "skills/n/SKILL.md", Folder = "skills/n" }],
            Runbooks = [new Runbook { Id = name, Name = name, Body = name, Path = "runbooks/n.md" }],
            Artifacts = new FolderInfo { Path = "artifacts" },
            Receipts = new FolderInfo { Path = "receipts" },
            Fingerprint = "sha256:0",
        });

        var pack = new BootPacker(contract, null, 500).Pack();

        Assert.InRange(JsonSerializer.Serialize(pack, Wire.Options).Length, 1, 1_750);
        Assert.InRange(ContractWords.Of(contract, contract.Workspace.Agents[0], name).Length, 1, ContractWords.Most);
    }

    [Fact]
    public void Prompts_of_a_large_company_have_names_of_their_own()
    {
        var prompts = Large("Plain words. ").Prompts.Entries;

        Assert.Equal(100 + 1_000 + 200, prompts.Count);
        Assert.Equal(prompts.Count, prompts.Select(prompt => prompt.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Names_that_become_one_are_told_apart()
    {
        var contract = Large("Plain words. ");
        var agents = new[] { "a-b", "a_b", "A b" }.Select(id => contract.Workspace.Agents[0] with { Id = id, Body = $"It is {id}." });
        var prompts = Contract(contract.Workspace with { Agents = [.. agents] }).Prompts;

        Assert.Equal(["agent-a-b", "agent-a-b-2", "agent-a-b-3"], prompts.Entries.Take(3).Select(prompt => prompt.Name));
        Assert.Contains("It is a_b.", prompts.Text("agent-a-b-2", new Dictionary<string, string>(StringComparer.Ordinal)), StringComparison.Ordinal);
    }

    private static WorkspaceContract Large(string words)
    {
        var text = string.Concat(Enumerable.Repeat(words, 200));
        string Numbered(string what, int number) => string.Create(CultureInfo.InvariantCulture, $"{what}-{number}");
        return Contract(new Workspace
        {
            Root = "/acme",
            BootText = text,
            Company = new Company { Name = "Acme", Slug = "acme", Mission = words },
            Agents = [.. Enumerable.Range(0, 100).Select(number => new Agent { Id = Numbered("agent", number), Name = Numbered("Agent", number), Title = words, Body = text, Path = $"agents/{number}.md" })],
            Skills = [.. Enumerable.Range(0, 1_000).Select(number => new Skill { Name = Numbered("skill", number), Description = words, Body = text, Path = $"skills/{number}/SKILL.md", Folder = $"skills/{number}" })],
            Runbooks = [.. Enumerable.Range(0, 200).Select(number => new Runbook { Id = Numbered("runbook", number), Name = Numbered("Runbook", number), Description = words, Body = text, Path = $"runbooks/{number}.md" })],
            Artifacts = new FolderInfo { Path = "artifacts" },
            Receipts = new FolderInfo { Path = "receipts" },
            Fingerprint = "sha256:0",
        });
    }

    private static WorkspaceContract Contract(Workspace workspace) => new()
    {
        Name = "acme",
        Loaded = new LoadResult { Workspace = workspace, Problems = [] },
        Files = new Dictionary<string, MirroredFile>(StringComparer.Ordinal),
        LoadedAt = DateTimeOffset.UnixEpoch,
    };
}
