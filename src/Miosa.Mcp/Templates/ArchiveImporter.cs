using System.Text.Json;
using Miosa.Devices;
using Miosa.Devices.Doors;
using Miosa.Devices.Templates;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Templates;

/// <summary>
/// Makes a system of an archive that somebody brought: a tar of a root file system, or an image in the layout of OCI or
/// of Docker. It is unpacked inside the throw-away sandbox, by its own tools and confined to a directory; then that
/// directory takes the place of the system that unpacked it. This process reads none of it.
/// </summary>
internal sealed class ArchiveImporter(Door source, string path, long mostBytes, IProgress<TemplateProgress> progress)
{
    private const string Place = "/.import";
    private const int Steps = 4;
    private const int MostReportBytes = 64 * 1024;
    private const int MostNotes = 20;
    private const int LongestNote = 300;

    /// <summary>What the runtime mounts, and so cannot be replaced.</summary>
    private static readonly string[] Mounted = ["proc", "sys", "dev", "run", ".import"];

    /// <summary>The archive as the sandbox's user may read it.</summary>
    public static async Task<FileContentStream> OpenAsync(Door door, string path, long mostBytes, CancellationToken cancellationToken)
    {
        FileContentStream content;
        try
        {
            content = await door.FilesOf("agent").ReadAsync(path, cancellationToken: cancellationToken);
        }
        catch (DoorException exception) when (exception.Stage is DoorStage.File or DoorStage.Request)
        {
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"The archive `{SpecReader.Show(path)}` cannot be read: {exception.Errno}.", "Give the absolute path of a file that agent may read; sandbox_upload brings one into a sandbox.", cause: exception.Message);
        }
        if (content.Stat.Size <= mostBytes)
            return content;
        await content.DisposeAsync();
        throw new ToolFailureException(ToolErrorCode.LimitExceeded, $"The archive has {content.Stat.Size} bytes; {mostBytes} is the most.", "Bring a smaller one: compressed, or without what can be installed later.");
    }

    public async Task<MadeOf> ImportAsync(BuildDevice device)
    {
        var files = device.Door.FilesOf("root");
        Say(1, "Copying the archive");
        await files.MakeDirectoryAsync(Place, cancellationToken: device.Ending);
        await CopyAsync(files, device.Ending);
        await files.WriteAsync($"{Place}/unpack.py", Program(), cancellationToken: device.Ending);

        Say(2, "Unpacking it");
        // Isolated: what lies beside the program is not its library.
        await device.RunAsync(["python3", "-I", $"{Place}/unpack.py", $"{Place}/archive", $"{Place}/root", $"{Place}/report.json"], "root", "unpack the archive");
        var report = await ReadReportAsync(files, device.Ending);

        Say(3, "Putting it in place");
        await ReplaceSystemAsync(files, device.Ending);

        Say(4, "Cleaning up and keeping it");
        await SystemCleaner.CleanAsync(device.Door, device.Ending);
        return new MadeOf([.. report.Notes.Take(MostNotes).Select(note => SpecReader.Show(note, LongestNote)), .. await TryAsync(device)], [.. report.Ports.Where(port => port is > 0 and < 65_536).Take(50)]);
    }

    private async Task CopyAsync(DoorFiles files, CancellationToken ending)
    {
        await using var content = await OpenAsync(source, path, mostBytes, ending);
        // The file may grow while it is read.
        await using var bounded = new BoundedStream(content, mostBytes);
        await files.WriteAsync($"{Place}/archive", bounded, cancellationToken: ending);
    }

    private static async Task<UnpackReport> ReadReportAsync(DoorFiles files, CancellationToken ending)
    {
        await using var content = await files.ReadAsync($"{Place}/report.json", length: MostReportBytes, cancellationToken: ending);
        using var buffer = new MemoryStream();
        await content.CopyToAsync(buffer, ending);
        try
        {
            return JsonSerializer.Deserialize(buffer.ToArray(), TemplateJson.Default.UnpackReport) ?? new UnpackReport();
        }
        catch (JsonException exception)
        {
            throw new EngineException("What unpacked the archive did not say how it went.", "The archive may have broken it; check where it comes from.", exception);
        }
    }

    /// <summary>By the door alone, which needs nothing of either system.</summary>
    private static async Task ReplaceSystemAsync(DoorFiles files, CancellationToken ending)
    {
        foreach (var name in await NamesAsync(files, "/", ending))
        {
            if (!Mounted.Contains(name))
                await files.DeleteAsync($"/{name}", recursive: true, ending);
        }
        foreach (var name in await NamesAsync(files, $"{Place}/root", ending))
        {
            if (!Mounted.Contains(name))
                await files.RenameAsync($"{Place}/root/{name}", $"/{name}", cancellationToken: ending);
        }
        await files.DeleteAsync(Place, recursive: true, ending);
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(DoorFiles files, string directory, CancellationToken ending) =>
        [.. (await files.ListAsync(directory, new ListOptions { MaxEntries = 10_000 }, ending)).Entries.Select(entry => entry.Path)];

    /// <summary>Whether commands can run in it, by trying: a foreign processor, a missing loader and a missing shell look alike before.</summary>
    private static async Task<IReadOnlyList<string>> TryAsync(BuildDevice device)
    {
        try
        {
            await device.RunAsync(["/bin/sh", "-c", "true"], "agent", "try a command");
            return [];
        }
        catch (EngineException exception)
        {
            return [$"It starts, but a shell does not run in it, so sandbox_exec can only run its own programs by `argv`: {SpecReader.Show(exception.Message, LongestNote)}"];
        }
    }

    private static byte[] Program()
    {
        using var stream = typeof(ArchiveImporter).Assembly.GetManifestResourceStream("unpack.py") ?? throw new InvalidOperationException("The build left out unpack.py.");
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return buffer.ToArray();
    }

    private void Say(int step, string text) => progress.Report(new TemplateProgress(step, Steps, text));
}

/// <summary>What unpacking tells; it comes out of the sandbox.</summary>
internal sealed record UnpackReport
{
    public IReadOnlyList<string> Notes { get; init; } = [];

    public IReadOnlyList<int> Ports { get; init; } = [];
}
