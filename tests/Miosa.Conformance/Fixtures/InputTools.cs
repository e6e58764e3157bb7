using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using Miosa.Mcp.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Conformance.Fixtures;

/// <summary>Tools that answer with a question first, and are called again with what was asked for.</summary>
[McpServerToolType]
internal sealed class InputTools
{
    private const string PlainState = "what the server wants back";

    private static readonly byte[] StateSecret = RandomNumberGenerator.GetBytes(32);

    [McpServerTool(Name = "test_input_required_result_elicitation"), Capability("test_input_required_result_elicitation", Risk.Read), Description("Wants a name.")]
    public static string Elicitation(RequestContext<CallToolRequestParams> call) =>
        Asked.TextIn(call.Params.InputResponses, "user_name", "name") is { } name
            ? $"Hello, {name}!"
            : throw Ask(new() { ["user_name"] = Asked.ForText("What is your name?", "name") });

    [McpServerTool(Name = "test_input_required_result_sampling"), Capability("test_input_required_result_sampling", Risk.Read), Description("Wants an answer of the client's model.")]
    public static string Sampling(RequestContext<CallToolRequestParams> call) =>
        call.Params.InputResponses?.TryGetValue("capital_question", out var answer) is true
            ? $"The model says: {answer!.Deserialize(InputResponse.CreateMessageResultJsonTypeInfo)?.Content.OfType<TextContentBlock>().FirstOrDefault()?.Text}"
            : throw Ask(new() { ["capital_question"] = Asked.ForSampling("What is the capital of France?") });

    [McpServerTool(Name = "test_input_required_result_list_roots"), Capability("test_input_required_result_list_roots", Risk.Read), Description("Wants the client's roots.")]
    public static string Roots(RequestContext<CallToolRequestParams> call) =>
        call.Params.InputResponses?.TryGetValue("client_roots", out var answer) is true
            ? $"Roots: {string.Join(", ", answer!.Deserialize(InputResponse.ListRootsResultJsonTypeInfo)?.Roots.Select(r => r.Uri) ?? [])}"
            : throw Ask(new() { ["client_roots"] = Asked.ForRoots() });

    [McpServerTool(Name = "test_input_required_result_request_state"), Capability("test_input_required_result_request_state", Risk.Read), Description("Wants its own state back.")]
    public static string State(RequestContext<CallToolRequestParams> call) => call.Params.RequestState switch
    {
        null => throw Ask(new() { ["confirm"] = Asked.ForConsent("Please confirm") }, PlainState),
        PlainState => "state-ok",
        _ => "another state came back",
    };

    [McpServerTool(Name = "test_input_required_result_multiple_inputs"), Capability("test_input_required_result_multiple_inputs", Risk.Read), Description("Wants three things at once.")]
    public static string Several(RequestContext<CallToolRequestParams> call) =>
        call.Params.InputResponses is { Count: >= 3 }
            ? "All three came"
            : throw Ask(
                new()
                {
                    ["user_name"] = Asked.ForText("What is your name?", "name"),
                    ["greeting"] = Asked.ForSampling("Generate a greeting"),
                    ["client_roots"] = Asked.ForRoots(),
                },
                PlainState);

    [McpServerTool(Name = "test_input_required_result_multi_round"), Capability("test_input_required_result_multi_round", Risk.Read), Description("Wants one thing, then another.")]
    public static string Rounds(RequestContext<CallToolRequestParams> call) => call.Params.RequestState switch
    {
        null => throw Ask(new() { ["step1"] = Asked.ForText("Step 1: What is your name?", "name") }, "round 1"),
        "round 1" => throw Ask(new() { ["step2"] = Asked.ForText("Step 2: What is your favorite color?", "color") }, "round 2"),
        _ => "Both rounds are done",
    };

    [McpServerTool(Name = "test_input_required_result_tampered_state"), Capability("test_input_required_result_tampered_state", Risk.Read), Description("Believes only state that it sealed itself.")]
    public static string Sealed(RequestContext<CallToolRequestParams> call)
    {
        if (call.Params.RequestState is not { } state)
            throw Ask(new() { ["confirm"] = Asked.ForConsent("Please confirm") }, Seal(Guid.NewGuid().ToString("N")));
        return string.Equals(Seal(state.Split('.')[0]), state, StringComparison.Ordinal)
            ? "The seal is whole"
            : throw new McpProtocolException("The request state was changed on its way.", McpErrorCode.InvalidParams);
    }

    [McpServerTool(Name = "test_input_required_result_capabilities"), Capability("test_input_required_result_capabilities", Risk.Read), Description("Asks only what the client can answer.")]
    public static string Capabilities(RequestContext<CallToolRequestParams> call)
    {
        if (call.Params.InputResponses is { Count: > 0 })
            return "The client answered";

        var can = call.Server.ClientCapabilities;
        var questions = new Dictionary<string, InputRequest>(StringComparer.Ordinal);
        if (can?.Sampling is not null)
            questions["capital_question"] = Asked.ForSampling("What is the capital of France?");
        if (can?.Elicitation is not null)
            questions["user_name"] = Asked.ForText("What is your name?", "name");
        if (can?.Roots is not null)
            questions["client_roots"] = Asked.ForRoots();
        return questions.Count is 0 ? "This client can answer nothing" : throw Ask(questions);
    }

    private static InputRequiredException Ask(Dictionary<string, InputRequest> questions, string? state = null) => new(questions, state);

    private static string Seal(string nonce) => $"{nonce}.{Convert.ToHexStringLower(HMACSHA256.HashData(StateSecret, Encoding.UTF8.GetBytes(nonce)))}";
}
