using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Templates;

/// <summary>What can go wrong with a template, in words a caller can act on.</summary>
internal static class TemplateFailures
{
    private const int MostShown = 30;

    public static ToolFailureException Unknown(string name, IReadOnlyList<string> there) => new(
        ToolErrorCode.NotFound, $"There is no template `{SpecReader.Show(name)}`.",
        $"These are there: {string.Join(", ", there.Take(MostShown))}{(there.Count > MostShown ? " and more" : "")}. sandbox_template_create makes another.");

    public static ToolFailureException Unusable(string name, string problem) => new(
        ToolErrorCode.PreconditionFailed, $"The template `{name}` cannot be used: {problem}", "Mend its template.yaml, or take another one; sandbox_template_list shows them.");

    public static ToolFailureException BadSpec(SpecException exception) => new(
        ToolErrorCode.InvalidInput, $"`build_spec` cannot be taken. {exception.Message}", "Mend what is named and call again.");

    public static ToolFailureException BadName(string name) => new(
        ToolErrorCode.InvalidInput, $"`{SpecReader.Show(name)}` cannot name a template: {TemplateSpecs.NameRule}", "Take another name.");

    public static ToolFailureException TooMany(int most) => new(
        ToolErrorCode.LimitExceeded, $"This workspace has already made {most} templates, which is the most this host allows.", "Remove some with sandbox_template_delete.");

    public static ToolFailureException NameTaken(string name, TemplateOrigin origin) => new(
        ToolErrorCode.Conflict,
        origin is TemplateOrigin.Builtin or TemplateOrigin.Home ? $"`{name}` is one of this host's own templates."
            : origin is TemplateOrigin.Company ? $"`{name}` is a template of the company's folder, templates/{name}/."
            : $"There is already a template `{name}`, which cannot be built again from a specification.",
        "Take another name, or remove what has it with sandbox_template_delete if you made it.");

    public static ToolFailureException NotYours(string name) => new(
        ToolErrorCode.Denied, $"`{name}` is one of this host's own templates; only templates that were made in this workspace can be deleted.", "sandbox_template_list shows where each comes from.");

    public static ToolFailureException InFolder(string name) => new(
        ToolErrorCode.Denied, $"`{name}` is a template of the company's folder.", $"Delete templates/{name}/ there; it is forgotten with its folder.");

    public static ToolFailureException InUse(string name, IReadOnlyList<string> by) => new(
        ToolErrorCode.Conflict, $"Other templates are built on `{name}`: {string.Join(", ", by.Take(MostShown))}.", "Delete those first.");

    public static ToolFailureException Building(string name) => new(
        ToolErrorCode.Conflict, $"The template `{name}` is being built.", "Wait for it with sandbox_template_get, then call again.", retryable: true);

    public static ToolFailureException TooDeep(string name, int most) => new(
        ToolErrorCode.PreconditionFailed, $"The template `{name}` is built on more than {most} others, or on itself.", "Mend the `base` of one of them.");
}
