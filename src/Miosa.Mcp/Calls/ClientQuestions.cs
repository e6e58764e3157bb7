using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Approvals;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Calls;

/// <summary>
/// Puts a request to the person at the client, where the operator allows it and the client can show it: as a question that
/// the call answers with, and that comes back with the call. It is one more door to the same request, which stays where it
/// is whatever the client makes of it.
/// </summary>
internal sealed partial class ClientQuestions(ApprovalService approvals, ApprovalDesk desk, IOptions<ApprovalOptions> options, TimeProvider time, ILogger<ClientQuestions> logger)
{
    private const string Prefix = "miosa-approval.";
    private const string Key = "approval";
    private const int LongestMessage = 2_000;

    /// <summary>Quicker than anybody reads: a client that has no person, or does not ask the one it has.</summary>
    private static readonly TimeSpan LeastThought = TimeSpan.FromSeconds(1);

    // Of this process only: a question that a host before asked is asked anew.
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _used = new(StringComparer.Ordinal);

    /// <summary>Takes the answer that comes with a call, if it is one to a question of ours. Tells whether it was.</summary>
    public async Task<bool> TakeAnswerAsync(RequestContext<CallToolRequestParams> request, Call call, CancellationToken cancellationToken)
    {
        if (request.Params.RequestState is not { } state || !state.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        if (Open(state, call) is not var (id, asked, nonce))
            throw NotOurs("It was not given for this call, or not to this caller.");
        var now = time.GetUtcNow();
        if (now - asked > options.Value.Lifetime)
            return true;
        if (!_used.TryAdd(nonce, now))
            throw NotOurs("It was used before.");
        Forget(now);
        if (!MayAnswer(call.Caller) || request.Params.InputResponses?.TryGetValue(Key, out var response) is not true || response?.Deserialize(InputResponse.ElicitResultJsonTypeInfo) is not { } result)
            return true;
        var answer = Read(result, now - asked);
        if (answer is null)
            return true;
        try
        {
            await desk.DecideAsync(new Decider($"client:{call.Caller.Principal}", Decider.Client, call.Caller.WorkspaceName), id, answer, cancellationToken);
        }
        catch (ToolFailureException exception) when (exception.Code is ToolErrorCode.Conflict)
        {
            // Somebody answered at another door meanwhile; that is what counts.
            LogLate(id);
        }
        return true;
    }

    /// <summary>The question for a request that waits; null where this client or caller is not to be asked.</summary>
    public async Task<InputRequiredException?> AskAsync(RequestContext<CallToolRequestParams> request, Call call, string approvalId, CancellationToken cancellationToken)
    {
        if (!MayAnswer(call.Caller) || !request.Server.IsMrtrSupported || request.Server.ClientCapabilities?.Elicitation is null)
            return null;
        var row = await approvals.GetAsync(call.Caller.WorkspaceName, approvalId, cancellationToken);
        if (row.State is not ApprovalState.Pending)
            return null;
        var question = InputRequest.ForElicitation(new ElicitRequestParams
        {
            Message = ResultBudget.Start(
                string.Join('\n', ((string[])[$"{row.Tool} needs your approval. {string.Join(' ', row.Reasons)}", .. row.Facts?.Preview ?? [$"with {row.Arguments}"]]).Select(PlainText.Line)), LongestMessage),
            RequestedSchema = new ElicitRequestParams.RequestSchema
            {
                Properties = new Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition>(StringComparer.Ordinal)
                {
                    ["decision"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Title = "Your answer", Enum = ["approve", "deny"] },
                    ["note"] = new ElicitRequestParams.StringSchema { Title = "What you want to say to it", MaxLength = 500 },
                },
                Required = ["decision"],
            },
        });
        return new InputRequiredException(new Dictionary<string, InputRequest>(StringComparer.Ordinal) { [Key] = question }, Seal(row.Id, call));
    }

    /// <summary>Only for a person's own connection: what acts for somebody relays no answer.</summary>
    private bool MayAnswer(Caller caller) => options.Value.AskThroughClient && caller.IsPerson;

    private static Answer? Read(ElicitResult result, TimeSpan thought)
    {
        string? Text(string name) => result.Content?.TryGetValue(name, out var value) is true && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
        // Dismissing a question answers nothing, and no program's reflex is a person's no, or yes.
        return thought < LeastThought ? null : (result.Action, Text("decision")) switch
        {
            ("accept", "approve") => new Answer { Decision = ApprovalState.Approved, Note = Text("note") },
            ("accept", "deny") or ("decline", _) => new Answer { Decision = ApprovalState.Denied, Note = Text("note") },
            _ => null,
        };
    }

    private string Seal(string id, Call call)
    {
        var asked = time.GetUtcNow().ToUnixTimeMilliseconds();
        var nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        var said = string.Create(CultureInfo.InvariantCulture, $"{id}.{asked}.{nonce}");
        return $"{Prefix}{said}.{Mac(said, call)}";
    }

    private (string Id, DateTimeOffset Asked, string Nonce)? Open(string state, Call call) =>
        state.Length < 400 && state[Prefix.Length..].Split('.') is [var id, var asked, var nonce, var mac]
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(mac), Encoding.UTF8.GetBytes(Mac($"{id}.{asked}.{nonce}", call)))
            ? (id, DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(asked, CultureInfo.InvariantCulture)), nonce)
            : null;

    /// <summary>Over what is said and over what it is said for: another caller's, method's or call's state does not open.</summary>
    private string Mac(string said, Call call)
    {
        var bound = JsonSerializer.SerializeToUtf8Bytes(new[] { said, RequestMethods.ToolsCall, call.Tool, call.Hash, call.Caller.Principal, call.Caller.WorkspaceName, call.Caller.Agent ?? "" });
        return Convert.ToHexStringLower(HMACSHA256.HashData(_secret, bound));
    }

    private void Forget(DateTimeOffset now)
    {
        if (_used.Count < 1_000)
            return;
        foreach (var (nonce, at) in _used)
        {
            if (now - at > options.Value.Lifetime)
                _used.TryRemove(nonce, out _);
        }
    }

    private static ToolFailureException NotOurs(string why) => new(ToolErrorCode.InvalidInput, $"The requestState is not accepted. {why}", "Make the call again without it.");

    [LoggerMessage(LogLevel.Information, "Approval {Id} was answered elsewhere before the client did")]
    private partial void LogLate(string id);
}
