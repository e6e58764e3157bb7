namespace Miosa.Workspaces.Bridges;

/// <summary>Aider: CONVENTIONS.md and the setting that has it read. It has no agents, skills or MCP servers, so they are listed there.</summary>
internal sealed class AiderBridge : IRuntimeBridge
{
    private static readonly BootDocument.Limit Limit = new(40_000);

    public string Runtime => "aider";
    public string Sign => "CONVENTIONS.md";
    public IReadOnlyList<string> Folders => [];

    public BridgeOutput Write(BridgeInput input)
    {
        List<string> leftOut = [];
        return new BridgeOutput
        {
            Files =
            [
                .. BootDocument.File(input, Sign, Limit, leftOut, listsSkills: true, hasServer: false),
                new BridgeFile.Lines(".aider.conf.yml", "read: [CONVENTIONS.md]\n", ["read:"]),
            ],
            LeftOut = [.. leftOut, "agents, skills and runbooks: Aider has no place for them; CONVENTIONS.md lists them", "the MCP server: Aider connects to none"],
        };
    }
}
