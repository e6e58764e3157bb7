using System.Globalization;
using System.Text.Json;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Stdio;

namespace Miosa.Mcp.Approvals;

/// <summary><c>miosa approvals</c>: shows what is asked and takes a person's answer.</summary>
internal sealed class ApprovalsCommand(MiosaHome home, Terminal terminal)
{
    public async Task<int> ListAsync(string? workspace, bool all, CancellationToken cancellationToken)
    {
        string? before = null;
        var count = 0;
        do
        {
            if (await AskAsync(new ApprovalsQuestion { List = new ApprovalsList(all ? null : "pending", workspace, before) }, cancellationToken) is not { } answer)
                return 1;
            foreach (var approval in answer.Approvals)
                terminal.Line($"{approval.Id}  {Word(approval.Status),-18} {approval.CreatedAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}  {approval.Workspace}  {approval.Capability}{(approval.Device is null ? "" : $"  {approval.Device}")}  by {approval.AskedBy}{(approval.Agent is null ? "" : $" ({approval.Agent})")}");
            count += answer.Approvals.Count;
            before = answer.NextCursor;
        }
        while (before is not null && count < 1_000);
        terminal.Line(count is 0 ? (all ? "Nothing was ever asked." : "Nothing waits for an answer.") : $"{count}{(before is null ? "" : " or more")}. `miosa approvals show ID` shows what is asked.");
        return 0;
    }

    public async Task<int> ShowAsync(string id, CancellationToken cancellationToken)
    {
        if (await AskAsync(new ApprovalsQuestion { Show = id }, cancellationToken) is not { Approvals: [var approval] })
            return 1;
        Show(approval);
        return 0;
    }

    /// <summary>Approving shows first exactly what will be done, and takes a yes from a terminal: nothing that is piped in is a person.</summary>
    public async Task<int> DecideAsync(ApprovalsDecision decision, string? editsFile, CancellationToken cancellationToken)
    {
        if (!terminal.IsPerson)
            return Fail("An answer is given at a terminal, by a person. Run this in one, or answer over HTTP with a key of scope approvals:decide.");
        if (editsFile is not null)
        {
            try
            {
                decision = decision with { Arguments = JsonElement.Parse(await File.ReadAllTextAsync(editsFile, cancellationToken)) };
                // Looked at here too: `null` would reach the host as if there were none.
                ApprovalsDecision.Named(decision.Arguments.Value);
            }
            catch (ToolFailureException exception)
            {
                return Fail($"{editsFile}: {exception.Message} {exception.NextStep}");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
            {
                return Fail($"{editsFile} cannot be read as JSON: {exception.Message}");
            }
        }
        if (await AskAsync(new ApprovalsQuestion { Show = decision.Id }, cancellationToken) is not { Approvals: [var shown] } found)
            return 1;
        Show(shown);
        if (decision.Arguments is { } edited)
            terminal.Text("instead", JsonSerializer.Serialize(edited, Indented));
        if (decision.Grant is { } grant)
            terminal.Line($"and         without asking again for {TimeSpan.FromSeconds(grant.ExpiresInSeconds)}{(grant.Uses is { } uses ? $", {uses} times at most" : "")}, {(grant.Same is { } same ? $"with the same {string.Join(", ", same)} and ANY other arguments" : "for exactly this call")}.");
        if (decision.Decision is "approve" && terminal.Ask($"\nApprove {shown.Id}? Type yes: ")?.Trim() is not "yes")
            return Fail("Nothing was decided.");
        var passphrase = found.IsLocked ? terminal.AskHidden("Passphrase: ") : null;
        // What was shown is what is decided about, whatever happened meanwhile.
        var question = new ApprovalsQuestion { Decide = decision with { RequestFingerprint = shown.RequestFingerprint }, Passphrase = passphrase };
        if (await AskAsync(question, cancellationToken) is not { Approvals: [var decided] })
            return 1;
        terminal.Line(decided.Decision switch
        {
            "approved" when decided.Kind is ApprovalKind.Policy => "Accepted. It is in force now.",
            "approved" => $"Approved. The call may now be made once, until {decided.ExpiresAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}.{(decided.GrantId is null ? "" : $" Grant {decided.GrantId} lets such calls pass.")}",
            "denied" => "Denied.",
            _ => "Sent back.",
        });
        return 0;
    }

    public async Task<int> GrantsAsync(string? workspace, CancellationToken cancellationToken)
    {
        string? before = null;
        var count = 0;
        do
        {
            if (await AskAsync(new ApprovalsQuestion { Grants = new ApprovalsList(null, workspace, before) }, cancellationToken) is not { } answer)
                return 1;
            foreach (var grant in answer.Grants)
                terminal.Line($"{grant.Id}  {grant.Status,-8} until {grant.ExpiresAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}{(grant.UsesLeft is { } left ? $", {left} uses left" : "")}  {grant.Workspace}  {grant.Capability}  for {grant.Principal}{(grant.Agent is null ? "" : $" ({grant.Agent})")}  {JsonSerializer.Serialize(grant.Constraints, Wire.Options)}{(grant.AllowsOtherArguments ? " and any others" : "")}");
            count += answer.Grants.Count;
            before = answer.NextCursor;
        }
        while (before is not null && count < 1_000);
        if (count is 0)
            terminal.Line("There are no grants.");
        return 0;
    }

    public async Task<int> RevokeAsync(string id, CancellationToken cancellationToken)
    {
        if (await AskAsync(new ApprovalsQuestion { RevokeGrant = id }, cancellationToken) is null)
            return 1;
        terminal.Line("Revoked.");
        return 0;
    }

    public async Task<int> SetPassphraseAsync(CancellationToken cancellationToken)
    {
        if (!terminal.IsPerson)
            return Fail("A passphrase is set at a terminal.");
        var old = terminal.AskHidden("Present passphrase (empty if there is none): ");
        var first = terminal.AskHidden("New passphrase: ") ?? "";
        if (first != terminal.AskHidden("Once more: "))
            return Fail("They differ; nothing was changed.");
        if (await AskAsync(new ApprovalsQuestion { NewPassphrase = first, Passphrase = old }, cancellationToken) is null)
            return 1;
        terminal.Line("Answers at a terminal need it from now on.");
        return 0;
    }

    private static readonly JsonSerializerOptions Indented = new(Wire.Options) { WriteIndented = true };

    private void Show(ApprovalDetails approval)
    {
        terminal.Line($"{approval.Id}  {Word(approval.Status)}");
        terminal.Line($"asks        {approval.AskedBy}{(approval.Agent is null ? "" : $", agent {approval.Agent}")}{(approval.Client is null ? "" : $", through {approval.Client}")}, in workspace {approval.Workspace}");
        terminal.Line($"for         {approval.Tool}{(approval.Marks.Length is 0 ? "" : $" ({approval.Marks})")}, {approval.Risk}");
        terminal.Line($"because     {string.Join(' ', approval.Reasons)}");
        foreach (var line in approval.Preview ?? [])
            terminal.Line(line);
        if (approval.Arguments is { } arguments)
            terminal.Text("arguments", JsonSerializer.Serialize(arguments, Indented));
        terminal.Line($"call hash   {approval.RequestFingerprint}");
        terminal.Line($"expires     {approval.ExpiresAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture)}");
        if (approval.Decision is not null)
            terminal.Line($"answer      {approval.Decision} by {approval.DecidedBy} ({approval.DecidedVia}){(approval.Note is null ? "" : $": {approval.Note}")}");
        if (approval.EditedArguments is { } edited)
            terminal.Text("edited to", JsonSerializer.Serialize(edited, Indented));
        if (approval.Outcome is not null)
            terminal.Line($"outcome     {approval.Outcome} ({approval.CallId})");
    }

    private async Task<ApprovalsAnswer?> AskAsync(ApprovalsQuestion question, CancellationToken cancellationToken)
    {
        var answer = await HostClient.AskAsync(home, new Hello { Version = Hello.CurrentVersion, Control = HostControl.Approvals, Approvals = question }, cancellationToken);
        if (answer?.Approvals is { } approvals)
            return approvals;
        Fail(answer?.Error ?? $"No host answers for {home.Path}. Start it with `miosa serve`.");
        return null;
    }

    private int Fail(string message)
    {
        terminal.Error($"miosa: {message}");
        return 1;
    }

    private static string Word(ApprovalState state) => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());
}
