namespace Miosa.Workspaces.Parts;

/// <summary>Reads the boot file and the files beside it.</summary>
internal static class InstructionPart
{
    public static InstructionFile Read(PartContext file)
    {
        if (file.Path.EndsWith(".toml", StringComparison.OrdinalIgnoreCase) || file.Path.EndsWith("rules", StringComparison.OrdinalIgnoreCase))
            return new InstructionFile { Path = file.Path, Kind = file.File.Instruction, Text = file.Source.Text, Runtime = file.File.Runtime };
        var markdown = file.ReadMarkdown();
        return new InstructionFile
        {
            Path = file.Path,
            Kind = file.File.Instruction,
            Text = markdown.Body,
            Runtime = file.File.Runtime,
            Extra = (Fact.Map)markdown.Fields.ToFact(),
        };
    }
}
