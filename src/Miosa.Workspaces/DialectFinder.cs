using Miosa.Workspaces.Folders;
using Miosa.Workspaces.Parts;

namespace Miosa.Workspaces;

/// <summary>Which ways of writing a contract a folder has. Several may be there at once.</summary>
internal static class DialectFinder
{
    private static readonly string[] CanopyFields = ["governance", "issue_prefix"];
    private static readonly string[] HeuresisSkillFields = ["tier", "signal_5tuple", "required_compartments", "mode_applicability", "verification_layers", "agent_executor"];

    public static IReadOnlyList<Dialect> Find(IReadOnlyList<Piece> pieces, FolderScan scan, Company company)
    {
        List<Dialect> dialects = [];
        Add(Dialect.Miosa, Has(FileKind.Boot) || Has(FileKind.Company) || Has(FileKind.Runbook));
        Add(Dialect.Canopy, scan.HasCanopyState || company.Facts.Fields.Any(field => CanopyFields.Contains(field.Key)) && Has(FileKind.Company));
        Add(Dialect.Heuresis, company.Compartments.Count > 0 || Has(FileKind.Triggers) || pieces.Any(piece => piece.Item is Skill skill && skill.Extra.Fields.Any(field => HeuresisSkillFields.Contains(field.Key))));
        Add(Dialect.AgentCompanies, Has(FileKind.CompanyPackage) || Has(FileKind.Sidecar));
        Add(Dialect.OpenClaw, Root("SOUL.MD") || Root("IDENTITY.MD"));
        Add(Dialect.AgentsMd, Root("AGENTS.MD") || Root("CLAUDE.MD") || Root("AGENTS.OVERRIDE.MD"));
        Add(Dialect.AgentSkills, pieces.Any(piece => piece.File is { Kind: FileKind.Skill, IsClients: true }));
        return dialects;

        void Add(Dialect dialect, bool isThere)
        {
            if (isThere)
                dialects.Add(dialect);
        }

        bool Has(FileKind kind) => pieces.Any(piece => piece.File.Kind == kind);
        bool Root(string name) => pieces.Any(piece => string.Equals(piece.File.Path, name, StringComparison.OrdinalIgnoreCase));
    }
}
