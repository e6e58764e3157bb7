using System.Globalization;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>Answers <c>miosa approvals</c>: the host's owner at a terminal, who may decide about every workspace.</summary>
internal sealed class ApprovalControl(ApprovalService approvals, ApprovalDesk desk, ApproverLock key, TimeProvider time)
{
    private const int PageSize = 50;

    public async Task<ApprovalsAnswer> AnswerAsync(ApprovalsQuestion question, uint uid, CancellationToken cancellationToken)
    {
        // Another principal than that of the socket's clients: it is the person, not what works for the person.
        var decider = new Decider(string.Create(CultureInfo.InvariantCulture, $"terminal:{uid}"), Decider.Terminal, Workspace: null);
        switch (question)
        {
            case { List: { } list }:
                var rows = await approvals.ListAsync(list.Workspace, list.State is null ? null : ParseState(list.State), list.Before, PageSize + 1, cancellationToken);
                return new ApprovalsAnswer { Approvals = [.. rows.Take(PageSize).Select(row => ApprovalDetails.From(row, isWhole: false))], NextCursor = rows.Count > PageSize ? rows[PageSize - 1].Id : null };
            case { Show: { } id }:
                return await ShowAsync(await approvals.GetAsync(null, id, cancellationToken));
            case { Decide: { } decision }:
                await key.RequireAsync(question.Passphrase, cancellationToken);
                return await ShowAsync(await desk.DecideAsync(decider, decision.Id, decision.ToAnswer(), cancellationToken));
            case { Grants: { } list }:
                var grants = await desk.GrantsAsync(list.Workspace, list.Before, PageSize + 1, cancellationToken);
                return new ApprovalsAnswer { Grants = [.. grants.Take(PageSize).Select(grant => GrantView.From(grant, time.GetUtcNow()))], NextCursor = grants.Count > PageSize ? grants[PageSize - 1].Id : null };
            case { RevokeGrant: { } id }:
                return new ApprovalsAnswer { Grants = [GrantView.From(await desk.RevokeAsync(decider, id, cancellationToken), time.GetUtcNow())] };
            case { NewPassphrase: { } passphrase }:
                await key.RequireAsync(question.Passphrase, cancellationToken);
                await key.SetAsync(passphrase, cancellationToken);
                return new ApprovalsAnswer { IsLocked = true };
            default:
                throw new ToolFailureException(ToolErrorCode.InvalidInput, "That is no question about approvals.", "`miosa approvals --help` lists what there is.");
        }
    }

    public static ApprovalState ParseState(string text) => Enum.TryParse<ApprovalState>(text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var state) && Enum.IsDefined(state) && !char.IsDigit(text[0])
        ? state
        : throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`{ResultBudget.Start(text, 30)}` is no state of an approval.", "It is pending, approved, denied, revision_requested, expired, voided or consumed.");

    private Task<ApprovalsAnswer> ShowAsync(ApprovalRow row) => Task.FromResult(new ApprovalsAnswer { Approvals = [ApprovalDetails.From(row, isWhole: true)], IsLocked = key.IsSet });
}
