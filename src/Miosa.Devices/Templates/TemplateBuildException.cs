namespace Miosa.Devices.Templates;

/// <summary>A template could not be built; the directory it was built in is not a template.</summary>
public sealed class TemplateBuildException(string message, string remedy, string? logFile = null, IReadOnlyList<string>? logTail = null)
    : Exception(message)
{
    /// <summary>What a person can do about it.</summary>
    public string Remedy { get; } = remedy;

    public string? LogFile { get; } = logFile;

    /// <summary>The last lines that the failed command printed.</summary>
    public IReadOnlyList<string> LogTail { get; } = logTail ?? [];
}
