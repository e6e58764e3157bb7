namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>A company that fits on a page.</summary>
internal static class SmallCompany
{
    public static IReadOnlyDictionary<string, string> Files { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["SYSTEM.md"] = "# Acme\n\nWe mend bicycles. Be brief, and never promise a date.\n",
        ["company.yaml"] = """
            name: Acme Bicycles
            slug: acme
            mission: Every bicycle rides again.
            offers:
              - name: inspection
                price: 40
            approvals:
              mode: manual
            """,
        ["agents/founder.md"] = """
            ---
            id: founder
            title: Founder
            tools: [sandbox_exec, sandbox_read_file]
            ---
            # Founder

            Decides what is worth doing.
            """,
        ["agents/support.md"] = """
            ---
            id: support
            title: Support
            reportsTo: founder
            ---
            # Support

            Answers customers.
            """,
        ["skills/write-proposal/SKILL.md"] = """
            ---
            name: write-proposal
            description: Writes a proposal for a customer. Use it when somebody asks for a price.
            ---
            # Write a proposal

            Ask for the bicycle first.

            ## Prices

            Take them from company.yaml.

            ## Form

            See references/form.md.
            """,
        ["skills/write-proposal/references/form.md"] = "One page. No adjectives.\n",
        ["runbooks/monday.md"] = """
            ---
            name: Monday
            description: How the week begins.
            ---
            1. Read the letters.
            2. Answer them.
            """,
        ["artifacts/leaflet.txt"] = "Bring your bicycle.\n",
    };
}
