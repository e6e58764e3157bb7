using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Templates;

/// <summary>The files that builds write down what they print in: the last one of each template.</summary>
internal sealed class BuildLogs(MiosaHome home)
{
    private const int Kept = 100;
    private const int TailBytes = 16 * 1024;

    private string Directory => Path.Combine(home.LogDirectory, "templates");

    public BuildLog Open(Template template, Func<string, Task> publish)
    {
        var files = System.IO.Directory.CreateDirectory(Directory).GetFiles("*.log").OrderByDescending(file => file.LastWriteTimeUtc).Skip(Kept);
        foreach (var old in files)
            old.Delete();
        return new BuildLog(FileOf(template), publish);
    }

    /// <summary>The end of the last build's log; empty where there was none.</summary>
    public async Task<string> TailAsync(Template template, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(FileOf(template), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Max(0, file.Length - TailBytes);
            using var reader = new StreamReader(file);
            return await reader.ReadToEndAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return "";
        }
    }

    private string FileOf(Template template) => Path.Combine(Directory, $"{template.Row?.Id ?? template.Name}.log");
}
