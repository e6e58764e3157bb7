using System.Security.Cryptography;
using Miosa.Devices;
using ModelContextProtocol.Client;

namespace Miosa.Bench.Sections;

/// <summary>Files in and out of a sandbox.</summary>
internal static class FileSection
{
    private const int MiB = 1 << 20;

    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section("Files");
        var client = await bench.HttpAsync();
        var sandbox = await Sandbox.CreateAsync(client, bench.CancellationToken);
        using var http = new HttpClient();
        var bytes = RandomNumberGenerator.GetBytes(MiB);
        var text = new string('x', 1024);
        var bareFile = Path.Combine(DevicePaths.Volumes(bench.Engine), "bare-file");
        var bareSmallFile = bareFile + "-small";

        var bareWrite = new Samples();
        var bareRead = new Samples();
        var bareSmall = new Samples();
        var put = new Samples();
        var get = new Samples();
        var small = new Samples();
        try
        {
            for (var i = -20; i < bench.Count(200); i++)
            {
                await bareWrite.TakeAsync(i, () => File.WriteAllBytesAsync(bareFile, bytes, bench.CancellationToken));
                await bareRead.TakeAsync(i, () => File.ReadAllBytesAsync(bareFile, bench.CancellationToken));
                await bareSmall.TakeAsync(i, () => File.WriteAllTextAsync(bareSmallFile, text, bench.CancellationToken));

                var upload = await LinkAsync(bench, client, "sandbox_upload", sandbox);
                await put.TakeAsync(i, () => PutAsync(http, upload, bytes, bench.CancellationToken));
                var download = await LinkAsync(bench, client, "sandbox_download", sandbox);
                byte[] back = [];
                await get.TakeAsync(i, async () => back = await http.GetByteArrayAsync(download, bench.CancellationToken));
                if (!back.AsSpan().SequenceEqual(bytes))
                    throw new InvalidOperationException("A file came back other than it went in.");
                await small.TakeAsync(i, () => bench.CallAsync(client, "sandbox_write_file", new { sandbox_id = sandbox.Id, path = "/workspace/small.txt", content = text }));
            }
        }
        finally
        {
            File.Delete(bareFile);
            File.Delete(bareSmallFile);
        }
        bench.Report.Samples("bare: 1 MiB written to the same volume", bareWrite);
        bench.Report.Samples("1 MiB by PUT to an upload link", put, bareWrite);
        bench.Report.Samples("bare: 1 MiB read from the same volume", bareRead);
        bench.Report.Samples("1 MiB by GET from a download link", get, bareRead);
        bench.Report.Samples("bare: 1 KiB written to the same volume", bareSmall);
        bench.Report.Samples("1 KiB by sandbox_write_file over HTTP", small, bareSmall);
        bench.Report.Bound("write through an upload link, p50", MegabytesPerSecond(put), 100, "MB/s", atLeast: true);
        bench.Report.Bound("read through a download link, p50", MegabytesPerSecond(get), 100, "MB/s", atLeast: true);
        bench.Report.Bound("sandbox_write_file of 1 KiB, p50", small.P50, 3, "ms");
        await sandbox.DestroyAsync(bench.CancellationToken);
    }

    private static async Task<Uri> LinkAsync(Workbench bench, McpClient client, string tool, Sandbox sandbox) =>
        new((await bench.CallAsync(client, tool, new { sandbox_id = sandbox.Id, path = "/workspace/large.bin" })).GetProperty("url").GetString()!);

    private static async Task PutAsync(HttpClient http, Uri link, byte[] bytes, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(bytes);
        using var answer = await http.PutAsync(link, content, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private static double MegabytesPerSecond(Samples samples) => MiB / 1e6 / (samples.P50 / 1000);
}
