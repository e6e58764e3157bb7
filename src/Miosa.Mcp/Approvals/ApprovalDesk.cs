using System.Data;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Approvals;

/// <summary>Where a person answers. Every door for people leads here, and no tool does.</summary>
internal sealed partial class ApprovalDesk(
    ApprovalService approvals, ApprovalStore store, GrantStore grants, PolicyKeeper policies, CapabilityCatalog catalog, ReceiptService receipts, ApprovalNews news,
    IOptions<ApprovalOptions> options, TimeProvider time, ILogger<ApprovalDesk> logger)
{
    private const int LongestNote = 1_000;

    /// <summary>Writes the answer down, if the request still waits for one.</summary>
    public async Task<ApprovalRow> DecideAsync(Decider decider, string id, Answer answer, CancellationToken cancellationToken)
    {
        var row = await approvals.GetAsync(decider.Workspace, id, cancellationToken);
        // Doors that know only one side of it rely on this.
        if (string.Equals(row.Principal, decider.Principal, StringComparison.Ordinal))
            throw ApprovalFailures.OwnRequest();
        if (row.State is not ApprovalState.Pending)
            throw ApprovalFailures.Over(row);
        if (answer.Shown is { } shown && row.Binding.CallHash != shown)
            throw new ToolFailureException(ToolErrorCode.Conflict, "It is about something else than what was shown.", "Look at it again.");
        RequireNote(answer.Note);
        if (answer.Decision is not (ApprovalState.Approved or ApprovalState.Denied or ApprovalState.RevisionRequested))
            throw new ToolFailureException(ToolErrorCode.InvalidInput, "That is no answer.", "Approve it, deny it, or ask for a revision.");
        if (answer.Decision is not ApprovalState.Approved && (answer.Arguments is not null || answer.Grant is not null))
            throw new ToolFailureException(ToolErrorCode.InvalidInput, "Only an approval takes other arguments or a grant.", "Leave them out.");

        var now = time.GetUtcNow();
        var decided = row with
        {
            State = answer.Decision,
            DecidedAt = now,
            DecidedBy = decider.Principal,
            DecidedVia = decider.Via,
            Note = answer.Note,
            // From the answer on there is as much time again to make the call, and as long a refusal holds.
            ExpiresAt = now + options.Value.Lifetime,
        };
        var isDone = row.Kind is ApprovalKind.Policy
            ? await DecidePolicyAsync(decided, answer, cancellationToken)
            : await DecideCallAsync(decided, answer, cancellationToken);
        if (!isDone)
            throw ApprovalFailures.Over(await approvals.GetAsync(decider.Workspace, id, cancellationToken));
        return await approvals.GetAsync(decider.Workspace, id, cancellationToken);
    }

    public async Task<Grant> RevokeAsync(Decider decider, string id, CancellationToken cancellationToken)
    {
        var grant = await grants.RevokeAsync(decider.Workspace, id, cancellationToken) ?? throw ApprovalFailures.UnknownGrant(id);
        await TellAsync(grant.Id, () => news.GrantAsync("grant.revoked", grant, decider.Principal));
        return grant;
    }

    /// <summary>A consent that no request came before.</summary>
    public async Task<Grant> GrantAsync(Decider decider, Grant wanted, CancellationToken cancellationToken)
    {
        var capability = catalog.Find(wanted.Capability)
            ?? throw new ToolFailureException(ToolErrorCode.NotFound, $"There is no capability {ResultBudget.Start(wanted.Capability, 60)}.", "GET /actions/catalog lists them.");
        if (capability.Declared.Approval is ApprovalClass.Always)
            throw AlwaysAsked();
        if (string.Equals(wanted.Principal, decider.Principal, StringComparison.Ordinal))
            throw ApprovalFailures.OwnRequest();
        RequireNote(wanted.Note);
        var now = time.GetUtcNow();
        RequireLength(wanted.Until - now);
        if (wanted.UsesLeft is <= 0)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, "A grant is good for one use at least.", "Say how often, or leave it out.");
        var grant = wanted with { Id = Ids.New("grant", time), Fingerprint = capability.Fingerprint, CreatedBy = decider.Principal, CreatedAt = now };
        await grants.AddAsync(grant, cancellationToken);
        await TellAsync(grant.Id, () => news.GrantAsync("grant.created", grant, decider.Principal));
        return grant;
    }

    public Task<IReadOnlyList<Grant>> GrantsAsync(string? workspace, string? before, int limit, CancellationToken cancellationToken) => grants.ListAsync(workspace, before, limit, cancellationToken);

    private async Task<bool> DecideCallAsync(ApprovalRow decided, Answer answer, CancellationToken cancellationToken)
    {
        if (answer.Arguments is { } edited)
            decided = await EditAsync(decided, edited, cancellationToken);
        var grant = answer.Grant is { } terms ? GrantOf(decided, terms) : null;
        decided = decided with { GrantId = grant?.Id };
        if (!await store.DecideAsync(decided, grant is null ? null : connection => GrantStore.Add(connection, grant), cancellationToken))
            return false;
        await TellAsync(decided);
        if (grant is not null)
            await TellAsync(grant.Id, () => news.GrantAsync("grant.created", grant, decided.DecidedBy!));
        return true;
    }

    private async Task<bool> DecidePolicyAsync(ApprovalRow decided, Answer answer, CancellationToken cancellationToken)
    {
        if (answer.Arguments is not null)
            throw ApprovalFailures.NotForPolicy("other arguments");
        if (answer.Grant is not null)
            throw ApprovalFailures.NotForPolicy("grant");
        var isAccepted = decided.State is ApprovalState.Approved;
        if (isAccepted)
            decided = decided with { State = ApprovalState.Consumed, ConsumedAt = decided.DecidedAt, EndedAt = decided.DecidedAt, Outcome = "completed" };
        Action<IDbConnection>? accept = isAccepted
            ? connection => PolicyStore.Accept(connection, decided.Workspace, decided.Agent ?? "", decided.Arguments, decided.Fingerprint, decided.DecidedBy!, decided.DecidedAt!.Value)
            : null;
        if (!await store.DecideAsync(decided, accept, cancellationToken))
            return false;
        if (isAccepted)
            policies.Accept(decided.Workspace, decided.Agent ?? "", JsonSerializer.Deserialize<Authority>(decided.Arguments, Wire.Options)!);
        await TellAsync(decided);
        return true;
    }

    /// <summary>The call with other arguments: checked, looked at and hashed like the one that was asked about.</summary>
    private async Task<ApprovalRow> EditAsync(ApprovalRow row, IReadOnlyDictionary<string, JsonElement> arguments, CancellationToken cancellationToken)
    {
        var call = Rebuild(row, arguments);
        var problems = ArgumentValidator.Check(call.Schema, call.Arguments);
        if (problems.Count > 0)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, string.Join(' ', problems), "Mend the arguments and answer again.");
        var facts = await approvals.InspectAsync(call, cancellationToken);
        return row with { EditedArguments = JsonSerializer.Serialize(call.Arguments, Wire.Options), EditedBinding = Binding.Of(call, row.Binding.Policy, facts) };
    }

    private Call Rebuild(ApprovalRow row, IReadOnlyDictionary<string, JsonElement> arguments)
    {
        var capability = catalog.Find(row.Capability);
        if (capability is null || capability.Fingerprint != row.Fingerprint)
            throw new ToolFailureException(ToolErrorCode.Conflict, "What the tool does has changed since it was asked for.", "Deny it; the call has to be made again.");
        var accepted = ArgumentValidator.Accepted(arguments);
        return new Call
        {
            Id = Ids.New("call", time),
            Caller = new Caller { Principal = row.Principal, Agent = row.Agent, Transport = row.Transport, Workspace = row.Workspace, ClientName = row.Client },
            Tool = row.Tool,
            Capability = capability.Declared,
            Fingerprint = capability.Fingerprint,
            Schema = capability.Schema,
            Arguments = accepted,
            Marks = capability.MarksOf(accepted),
        };
    }

    private Grant GrantOf(ApprovalRow row, GrantTerms terms)
    {
        if (catalog.Find(row.Capability)?.Declared.Approval is ApprovalClass.Always)
            throw AlwaysAsked();
        RequireLength(terms.For);
        if (terms.Uses is <= 0)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, "A grant is good for one use at least.", "Say how often, or leave it out.");
        var arguments = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(row.EditedArguments ?? row.Arguments)!;
        if (terms.Same?.FirstOrDefault(name => !arguments.ContainsKey(name)) is { } unknown)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`{ResultBudget.Start(unknown, 40)}` is not an argument of this call; it has {string.Join(", ", arguments.Keys)}.", "Name those that must stay the same.");
        return new Grant
        {
            Id = Ids.New("grant", time),
            Workspace = row.Workspace,
            Capability = row.Capability,
            Fingerprint = row.Fingerprint,
            Principal = row.Principal,
            Agent = row.Agent,
            Constraints = arguments.Where(argument => terms.Same is null || terms.Same.Contains(argument.Key)).ToDictionary(StringComparer.Ordinal),
            AllowsOthers = terms.Same is not null,
            // The exact call runs exact files; whoever lets arguments vary cannot know which.
            Files = terms.Same is null ? (row.EditedBinding ?? row.Binding).Files ?? Grant.NoFiles : null,
            Until = time.GetUtcNow() + terms.For,
            UsesLeft = terms.Uses,
            CreatedBy = row.DecidedBy!,
            CreatedAt = time.GetUtcNow(),
            Note = row.Note,
        };
    }

    private async Task TellAsync(ApprovalRow row)
    {
        await TellAsync(row.Id, () => receipts.RecordAsync(
            new ReceiptDraft
            {
                Kind = ReceiptKind.Decision,
                Workspace = row.Workspace,
                Principal = row.DecidedBy!,
                Transport = row.DecidedVia!,
                CallId = row.Id,
                CallHash = (row.EditedBinding ?? row.Binding).CallHash,
                ParametersHash = CanonicalJson.Hash(JsonSerializer.Deserialize<JsonElement>(row.EditedArguments ?? row.Arguments)),
                Capability = row.Capability,
                CapabilityVersion = row.Version,
                CapabilityFingerprint = row.Fingerprint,
                Risk = Enum.Parse<Risk>(row.Risk, ignoreCase: true),
                Decision = row.DecidedAs() is "approved" ? ReceiptDecision.Allow : ReceiptDecision.Deny,
                Reasons = row.EditedBinding is null ? row.Reasons : [.. row.Reasons, $"It was approved with other arguments than were asked for; the hash of what was asked for is {row.Binding.CallHash}."],
                ApprovalId = row.Id,
                GrantId = row.GrantId,
                ApprovedAt = row.DecidedAt,
                PolicyVersion = row.Binding.Policy,
                Device = row.Device,
                StartedAt = row.CreatedAt,
                EndedAt = row.DecidedAt,
            },
            CancellationToken.None));
        await TellAsync(row.Id, () => news.DecidedAsync(row));
    }

    /// <summary>What was decided is decided: where it cannot be written down elsewhere too, no door says that it failed.</summary>
    private async Task TellAsync(string id, Func<Task> tell)
    {
        try
        {
            await tell();
        }
        catch (StorageException exception)
        {
            LogNotTold(exception, id);
        }
    }

    private static void RequireNote(string? note)
    {
        if (note is { Length: > LongestNote })
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"A note has {LongestNote} characters at most.", "Say it shorter.");
    }

    private void RequireLength(TimeSpan length)
    {
        if (length <= TimeSpan.Zero || length > options.Value.LongestGrant)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"A grant ends within {options.Value.LongestGrant.TotalDays:0.##} days (Approvals:LongestGrant)."), "Say an end within that.");
    }

    private static ToolFailureException AlwaysAsked() => new(ToolErrorCode.InvalidInput, "This is asked about each time; no grant can answer it beforehand.", "Approve it once.");

    [LoggerMessage(LogLevel.Error, "What became of {Id} is decided, and missing in the receipts or in the journal")]
    private partial void LogNotTold(Exception exception, string id);
}
