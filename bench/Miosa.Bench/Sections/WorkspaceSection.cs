using System.Globalization;

namespace Miosa.Bench.Sections;

/// <summary>What a client waits for that asks for the contract of a large company.</summary>
internal static class WorkspaceSection
{
    private const int Tokens = 1_800;
    private const double CharactersPerToken = 3.5;

    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section("The contract of 100 agents, 1,000 skills and 200 runbooks, over stdio");
        var folder = Directory.CreateTempSubdirectory("miosa-bench-");
        try
        {
            Write(folder.FullName);
            _ = await bench.HostAsync();
            await using var client = await Host.StdioAsync(bench.Home.Path, bench.CancellationToken, "--toolsets", "all", "--workspace-dir", folder.FullName);
            _ = await bench.CallAsync(client, "workspace_get", new { });
            var samples = new Samples();
            for (var i = -20; i < bench.Count(200); i++)
                await samples.TakeAsync(i, () => bench.CallAsync(client, "workspace_get", new { tokens = Tokens }));
            bench.Report.Samples("workspace_get", samples);
            bench.Report.Bound("workspace_get, median", samples.P50, 10, "ms");
            var pack = await bench.CallAsync(client, "workspace_get", new { tokens = Tokens });
            bench.Report.Bound("its tokens", (int)Math.Ceiling(pack.GetRawText().Length / CharactersPerToken), Tokens, "");
        }
        finally
        {
            // The host adds its receipts to the folder as long as it runs.
            await bench.StopHostAsync();
            folder.Delete(recursive: true);
        }
    }

    private static void Write(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "SYSTEM.md"), string.Concat(Enumerable.Repeat("We mend bicycles, and never promise a date.\n", 200)));
        File.WriteAllText(Path.Combine(folder, "company.yaml"), "name: Acme\n");
        for (var number = 0; number < 100; number++)
            Write(folder, $"agents/agent-{number}.md", $"---\nid: agent-{number}\ntitle: Agent {number}\n---\nIt does the work of the number {number}.\n");
        for (var number = 0; number < 1_000; number++)
            Write(folder, $"skills/skill-{number}/SKILL.md", $"---\nname: skill-{number}\ndescription: Does the task of the number {number}, when somebody asks for it.\n---\n# Steps\n\nDo it.\n");
        for (var number = 0; number < 200; number++)
            Write(folder, $"runbooks/runbook-{number}.md", $"---\nname: runbook-{number}\ndescription: The procedure of the number {number}.\n---\n1. Begin.\n2. End.\n");
    }

    private static void Write(string folder, FormattableString path, FormattableString text)
    {
        var file = Path.Combine(folder, path.ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text.ToString(CultureInfo.InvariantCulture));
    }
}
