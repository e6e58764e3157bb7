using System.Globalization;
using System.Security.Cryptography;
using Miosa.Workspaces.Bridges;
using Miosa.Workspaces.Checks;
using Miosa.Workspaces.Folders;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>Bytes of one file in, what it means out. It knows no other file.</summary>
internal sealed class PieceReader(LoadLimits limits)
{
    public Piece Read(FoundFile file, byte[] content)
    {
        var isCut = file.Entry.Bytes > content.Length && content.Length >= limits.FileBytes;
        var (text, oddity) = TextDecoder.Decode(content, isCut);
        var isGenerated = GeneratedMarker.IsIn(text);
        if (!isGenerated)
            text = ManagedBlock.Blank(text);
        var source = new SourceText(file.Path, text);
        var problems = new ProblemList(source, limits.ProblemsPerFile);
        Tell(problems, file, oddity, isCut);
        var piece = new Piece { File = file, Hash = SHA256.HashData(content), IsGenerated = isGenerated };
        if (oddity is TextOddity.Binary)
            return piece with { Problems = problems.All() };
        if (!piece.IsGenerated && Secrets.Find(text) is { } secret)
            problems.Error(Codes.Secret, secret, "this looks like a secret, and every agent reads this folder.", "revoke it, remove it, and give it to a connector instead.");

        var context = new PartContext(file, source, problems, limits);
        var item = Item(context);
        return piece with { Item = item, Problems = problems.All(), Strict = problems.StrictOnes(), Mentions = context.Mentions };
    }

    /// <summary>A file that cannot be read is known to be there, and allows nothing.</summary>
    public static Piece Unreadable(FoundFile file, string why) => new()
    {
        File = file,
        Hash = [],
        Problems = [new Problem { Code = Codes.Unreadable, Severity = Severity.Error, File = file.Path, Line = 1, Column = 1, What = $"the file cannot be read: {why}", Mend = "let it be read by whoever runs this, or remove it." }],
    };

    private static object? Item(PartContext file) => file.File.Kind switch
    {
        FileKind.Boot => InstructionPart.Read(file),
        FileKind.Company => CompanyPart.FromYaml(file),
        FileKind.CompanyPackage => CompanyPart.FromPackage(file),
        FileKind.Sidecar => TriggerPart.FromSidecar(file),
        FileKind.Triggers => TriggerPart.Manifest(file),
        FileKind.Agent => AgentPart.Read(file),
        FileKind.Skill => SkillPart.Read(file, isLoose: false),
        FileKind.LooseSkill => SkillPart.Read(file, isLoose: true),
        FileKind.Runbook => RunbookPart.Read(file),
        FileKind.Team => WorkParts.Team(file),
        FileKind.Project => WorkParts.Project(file),
        FileKind.Task => WorkParts.Tasks(file),
        FileKind.Instruction => InstructionPart.Read(file),
        _ => null,
    };

    private void Tell(ProblemList problems, FoundFile file, TextOddity oddity, bool isCut)
    {
        if (isCut)
        {
            problems.IsDamaged = true;
            problems.Error(Codes.TooLong, 0, string.Create(CultureInfo.InvariantCulture, $"the file has {file.Entry.Bytes} bytes; {limits.FileBytes} were read."), "move what is not always needed into other files.");
        }
        switch (oddity)
        {
            case TextOddity.ByteOrderMark:
                problems.Info(Codes.ByteOrderMark, 0, "the file begins with a byte order mark, which some runtimes take for text.", "save it as UTF-8 without one.", new Fix("remove the byte order mark", []));
                break;
            case TextOddity.Utf16:
                problems.Warning(Codes.NotUtf8, 0, "the file is UTF-16; most runtimes cannot read it.", "save it as UTF-8.", new Fix("save it as UTF-8", []));
                break;
            case TextOddity.NotUtf8:
                problems.Warning(Codes.NotUtf8, 0, "the file is not UTF-8; it was read as Latin-1.", "save it as UTF-8.", isCut ? null : new Fix("save it as UTF-8", []));
                break;
            case TextOddity.Zeros:
                problems.IsDamaged = true;
                problems.Error(Codes.NotText, 0, "the file has NUL characters in it; they were replaced.", "remove them.");
                break;
            case TextOddity.Binary:
                problems.Error(Codes.NotText, 0, "this is no text; it was left out.", "put a text here, or remove the file.");
                break;
        }
    }
}
