using System.Globalization;
using System.Text;
using Miosa.Mcp.Calls;
using Miosa.Workspaces;

namespace Miosa.Mcp.Workspaces.Views;

/// <summary>The server's instructions where there is a contract: a beginning that stands alone, the boot file, and the server's own words as far as there is room.</summary>
internal static class ContractWords
{
    /// <summary>What one client shows of it.</summary>
    public const int Beginning = 512;

    /// <summary>What another client keeps of it.</summary>
    public const int Most = 4_096;

    public static string Of(WorkspaceContract contract, Agent? agent, string own)
    {
        var text = new StringBuilder(Start(contract.Workspace, agent));
        var boot = contract.Workspace.BootText.Trim();
        if (boot.Length > 0)
        {
            text.Append("\n\n# The company's boot file\n\n");
            const string more = "\n\n(It goes on: workspace_get, or the resource workspace://boot.)";
            var room = Most - text.Length;
            text.Append(boot.Length <= room ? boot : Line(boot, room - more.Length) + more);
        }
        const string heading = "\n\n# How to work with this server\n\n";
        if (text.Length + heading.Length + own.Length <= Most)
            text.Append(heading).Append(own);
        return text.ToString();
    }

    private static string Start(Workspace workspace, Agent? agent)
    {
        var company = Short(workspace.Company.Name, 80);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"You work for {company}, under its contract. Call workspace_get first: it tells how the company works{(agent is null ? "" : ", your role")}, and its skills; read a skill with skill_get before such a task.");
        if (agent is not null)
            text.Append(CultureInfo.InvariantCulture, $" You act as `{Short(agent.Id, 40)}`.");
        text.Append(" Work on machines: sandbox_list, sandbox_create, sandbox_exec, sandbox_*_file, in /workspace. Answers say what to do next; guide tells how to work with this server.");
        return text.ToString();
    }

    private static string Line(string text, int most)
    {
        var part = ResultBudget.First(text, most);
        return part.LastIndexOf('\n') is var line && line > part.Length / 2 ? part[..line] : part;
    }

    private static string Short(string text, int most)
    {
        var line = ContractText.OneLine(text);
        return line.Length <= most ? line : ResultBudget.First(line, most - 1) + "…";
    }
}
