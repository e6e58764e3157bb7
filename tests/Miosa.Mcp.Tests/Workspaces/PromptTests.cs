using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>A contract as slash commands.</summary>
public sealed class PromptTests
{
    [Fact]
    public async Task Every_agent_runbook_and_skill_is_a_command_with_a_plain_name()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        acme.Write("skills/odd/SKILL.md", "---\nname: Über Größe & Co / 2\ndescription: Has an odd name.\n---\nDo it.\n");
        await acme.ReadAsync();
        var person = await acme.ConnectAsync();

        var prompts = await person.Mcp.ListPromptsAsync().AsTask().InTime();

        Assert.All(prompts, prompt => Assert.Matches("^[a-z0-9_-]{1,48}$", prompt.Name));
        Assert.Superset(
            new HashSet<string>(["agent-founder", "agent-support", "runbook-monday", "skill-write-proposal"], StringComparer.Ordinal),
            prompts.Select(prompt => prompt.Name).ToHashSet(StringComparer.Ordinal));
        Assert.Equal(prompts.Count, prompts.Select(prompt => prompt.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_command_becomes_the_words_of_its_file_and_what_was_given()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var person = await acme.ConnectAsync();

        var agent = await TextAsync(person, "agent-founder", new Dictionary<string, object?> { ["task"] = "look at the books" });
        var runbook = await TextAsync(person, "runbook-monday");

        Assert.Contains("Act as", agent, StringComparison.Ordinal);
        Assert.Contains("Decides what is worth doing", agent, StringComparison.Ordinal);
        Assert.Contains("- task: look at the books", agent, StringComparison.Ordinal);
        Assert.Contains("Read the letters", runbook, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_skill_must_be_told_it_asks_for()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        acme.Write("skills/greet/SKILL.md", "---\nname: greet\ndescription: Greets.\ninputs:\n  - name: whom\n    description: The person.\n    required: true\n---\nGreet.\n");
        await acme.ReadAsync();
        var person = await acme.ConnectAsync();

        var prompt = Assert.Single(await person.Mcp.ListPromptsAsync().AsTask().InTime(), prompt => prompt.Name is "skill-greet");
        var refusal = await Assert.ThrowsAsync<McpProtocolException>(() => TextAsync(person, "skill-greet"));
        var text = await TextAsync(person, "skill-greet", new Dictionary<string, object?> { ["whom"] = "Ada" });

        var argument = Assert.Single(prompt.ProtocolPrompt.Arguments!);
        Assert.Equal(("whom", true), (argument.Name, argument.Required));
        Assert.Contains("needs whom", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("- whom: Ada", text, StringComparison.Ordinal);
    }

    private static async Task<string> TextAsync(TestClient client, string prompt, IReadOnlyDictionary<string, object?>? arguments = null) =>
        Assert.IsType<TextContentBlock>(Assert.Single((await client.Mcp.GetPromptAsync(prompt, arguments).AsTask().InTime()).Messages).Content).Text;
}
