using System.Runtime.InteropServices;
using Miosa.Bench;
using Miosa.Bench.Sections;

// Each section measures one promise; any of their names on the command line runs only those.
(string Name, Func<Workbench, Task> Run)[] sections =
[
    ("start", StartSection.RunAsync),
    ("tools", ToolListSection.RunAsync),
    ("create", CreateSection.RunAsync),
    ("exec", ExecSection.RunAsync),
    ("files", FileSection.RunAsync),
    ("previews", PreviewSection.RunAsync),
    ("footprint", FootprintSection.RunAsync),
    ("idle", IdleSection.RunAsync),
    ("snapshots", SnapshotSection.RunAsync),
    ("pipeline", PipelineSection.RunAsync),
    ("receipts", ReceiptSection.RunAsync),
    ("workspace", WorkspaceSection.RunAsync),
    ("contract", ContractSection.RunAsync),
];

var chosen = args.Where(arg => arg is not "--quick").ToList();
if (chosen.Find(name => sections.All(section => section.Name != name)) is { } unknown)
{
    await Console.Error.WriteLineAsync($"bench: there is no `{unknown}`. Usage: ./miosa bench [--quick] [{string.Join("] [", sections.Select(section => section.Name))}]");
    return 2;
}

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var report = new Report(Console.Out);
try
{
    var home = BenchHome.Take();
    await using var bench = new Workbench(home, report, quick: args.Contains("--quick"), stop.Token);
    // What needs no machines need not wait for their template.
    if (chosen.Count is 0 || chosen.Exists(name => name is not ("pipeline" or "receipts" or "contract")))
        await bench.PrepareAsync();
    report.Machine();
    foreach (var (name, run) in sections)
    {
        if (chosen.Count is 0 || chosen.Contains(name))
            await run(bench);
    }
    return report.Summary() ? 0 : 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
catch (Exception exception) when (exception is InvalidOperationException or IOException or TimeoutException)
{
    await Console.Error.WriteLineAsync($"bench: could not measure: {exception.Message}");
    return 1;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
