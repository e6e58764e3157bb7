using Miosa.Devices.Doors;
using ModelContextProtocol;

namespace Miosa.Mcp.Processes;

/// <summary>Tells a client that listens what a command prints, not more often than a person can read.</summary>
internal sealed class ExecProgress(IProgress<ProgressNotificationValue> progress, TimeProvider time)
{
    private const int LongestMessage = 400;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);
    private long _last;
    private long _bytes;

    public void Report(OutputChunk chunk)
    {
        _bytes += chunk.Bytes.Length;
        if (_last is not 0 && time.GetElapsedTime(_last) < Between)
            return;
        _last = time.GetTimestamp();
        var text = TerminalText.Clean(chunk.Bytes.Span).TrimEnd();
        progress.Report(new ProgressNotificationValue { Progress = _bytes, Message = text.Length <= LongestMessage ? text : text[^LongestMessage..] });
    }
}
