using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Templates;

/// <summary>Tells callers of templates, in as much as an answer holds.</summary>
internal sealed class TemplateViewer(TemplateService templates, BuildLogs logs)
{
    private const int LogBudget = 2_000;
    private const int ReasonBudget = 600;
    private const int MostShown = 20;
    private const int LongestShown = 120;

    public async Task<TemplatePage> ListAsync(Caller caller, string? after, int limit, CancellationToken cancellationToken)
    {
        var all = (await templates.ListAsync(caller.WorkspaceName, cancellationToken)).Where(item => after is null || string.CompareOrdinal(item.Name, after) > 0).Take(limit + 1).ToList();
        List<TemplateSummary> page = [];
        foreach (var listed in all.Take(limit))
        {
            page.Add(listed.Template is { } template
                ? await SummaryAsync(template, cancellationToken)
                : new TemplateSummary { TemplateId = listed.Name, State = TemplateState.Failed, Reason = Cut(listed.Problem, ReasonBudget), Description = "", Origin = listed.Origin });
        }
        return new TemplatePage { Count = page.Count, NextCursor = all.Count > limit ? page[^1].TemplateId : null, Templates = page };
    }

    public async Task<TemplateDetails> DetailsAsync(Template template, CancellationToken cancellationToken)
    {
        var summary = await SummaryAsync(template, cancellationToken);
        var spec = template.Spec;
        var log = await logs.TailAsync(template, cancellationToken);
        return new TemplateDetails
        {
            TemplateId = summary.TemplateId,
            State = summary.State,
            Reason = summary.Reason,
            NextStep = Next(summary),
            Description = summary.Description,
            Base = summary.Base,
            Origin = summary.Origin,
            Bytes = summary.Bytes,
            Notes = template.Row?.Notes ?? [],
            Packages = Shown(spec.Packages),
            Npm = Shown(spec.Npm),
            Files = Shown(spec.Files.Select(file => file.Path)),
            Commands = Shown(spec.Commands.Select(command => command.Run)),
            Services = Shown(spec.Services.Select(service => $"{service.Name}{(service.Port is { } port ? $" on {port}" : "")}: {service.Command}")),
            Ports = [.. spec.Ports.Take(MostShown)],
            Egress = spec.Egress,
            Size = spec.Size,
            LogTail = log.Length is 0 ? null : ResultBudget.End(log, LogBudget),
        };
    }

    private async Task<TemplateSummary> SummaryAsync(Template template, CancellationToken cancellationToken)
    {
        await templates.IsBuiltAsync(template, cancellationToken);
        var (state, reason) = templates.StateOf(template);
        return new TemplateSummary
        {
            TemplateId = template.Name,
            State = state,
            Reason = Cut(reason, ReasonBudget),
            Description = template.Spec.Description,
            Base = template.Base?.Name,
            Origin = template.Origin,
            Bytes = await templates.BytesOfAsync(template, cancellationToken),
        };
    }

    private static string Next(TemplateSummary summary) => summary.State switch
    {
        TemplateState.Built => $"Create a sandbox from it: sandbox_create with template_id {summary.TemplateId}.",
        TemplateState.Building => "It is being built; call sandbox_template_get again, or watch sandbox.template.* with event_list.",
        TemplateState.Failed when summary.Origin is TemplateOrigin.Company => $"The reason and log_tail say what to mend in templates/{summary.TemplateId}/ of the company's folder; the next sandbox from it builds it again.",
        TemplateState.Failed => "The reason and log_tail say what to mend; then call sandbox_template_create again under this name.",
        _ => $"It is built when the first sandbox is created from it: sandbox_create with template_id {summary.TemplateId}.",
    };

    private static IReadOnlyList<string> Shown(IEnumerable<string> texts)
    {
        var all = texts.ToList();
        List<string> shown = [.. all.Take(MostShown).Select(text => Cut(text, LongestShown)!)];
        if (all.Count > MostShown)
            shown.Add($"and {all.Count - MostShown} more");
        return shown;
    }

    private static string? Cut(string? text, int budget) => text is not null && ResultBudget.Length(text) > budget ? ResultBudget.Start(text, budget) + " …" : text;
}
