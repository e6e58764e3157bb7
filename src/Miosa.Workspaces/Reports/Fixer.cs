using System.IO.Abstractions;
using System.Text;
using Miosa.Workspaces.Folders;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Reports;

/// <summary>Makes the safe changes, each file whole or not at all.</summary>
internal sealed class Fixer(IFileSystem files, string root)
{
    private const int MostBytes = 1024 * 1024;
    private readonly DiskFolder _folder = new(files, root);

    public (IReadOnlyList<AppliedFix> Applied, IReadOnlyList<FailedFix> Failed) Apply(IReadOnlyList<Problem> problems)
    {
        List<AppliedFix> applied = [];
        List<FailedFix> failed = [];
        foreach (var file in problems.Where(problem => problem.Fix is not null).GroupBy(problem => problem.File, StringComparer.Ordinal))
        {
            try
            {
                applied.AddRange(File(file.Key, [.. file]));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                failed.Add(new FailedFix(file.Key, exception.Message));
            }
        }
        return (applied, failed);
    }

    private List<AppliedFix> File(string path, IReadOnlyList<Problem> problems)
    {
        // What lies elsewhere and is only linked to here may be somebody else's; what is longer was not read whole.
        if (_folder.Find(path) is not { Kind: EntryKind.File, Target: null, Bytes: <= MostBytes })
            throw new IOException("it is no file of this folder's own, or longer than what is changed here.");
        var (text, oddity) = TextDecoder.Decode(_folder.Read(path, MostBytes));
        if (oddity is TextOddity.Binary or TextOddity.Zeros)
            throw new IOException("it is no text.");
        List<AppliedFix> applied = [];
        List<TextEdit> edits = [];
        foreach (var problem in problems)
        {
            // Two changes at one place: the second waits for the next check.
            if (problem.Fix!.Edits.Any(edit => edit.Start + edit.Length > text.Length || edits.Exists(other => Overlap(edit, other))))
                continue;
            edits.AddRange(problem.Fix.Edits);
            applied.Add(new AppliedFix(path, problem.Line, problem.Code, problem.Fix.Title));
        }
        var mended = new StringBuilder(text);
        foreach (var edit in edits.OrderByDescending(edit => edit.Start))
            mended.Remove(edit.Start, edit.Length).Insert(edit.Start, edit.Text);
        var full = files.Path.Combine(root, path);
        var next = full + ".miosa-new";
        try
        {
            // What a broken try left, or a link that would lead the text anywhere.
            files.File.Delete(next);
            using (var stream = files.FileStream.New(next, FileMode.CreateNew, FileAccess.Write))
                stream.Write(new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(mended.ToString()));
            if (!OperatingSystem.IsWindows())
                files.File.SetUnixFileMode(next, files.File.GetUnixFileMode(full));
            files.File.Move(next, full, overwrite: true);
            return applied;
        }
        finally
        {
            files.File.Delete(next);
        }
    }

    private static bool Overlap(TextEdit one, TextEdit other) => one.Start < other.Start + other.Length && other.Start < one.Start + one.Length || one.Start == other.Start;
}
