using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace Miosa.Conformance.Fixtures;

/// <summary>Questions that a server puts into an unfinished answer.</summary>
internal static class Asked
{
    public static InputRequest ForText(string message, string field) => InputRequest.ForElicitation(new ElicitRequestParams
    {
        Message = message,
        RequestedSchema = new ElicitRequestParams.RequestSchema { Properties = { [field] = new ElicitRequestParams.StringSchema() }, Required = [field] },
    });

    public static InputRequest ForConsent(string message) => InputRequest.ForElicitation(new ElicitRequestParams
    {
        Message = message,
        RequestedSchema = new ElicitRequestParams.RequestSchema { Properties = { ["ok"] = new ElicitRequestParams.BooleanSchema() }, Required = ["ok"] },
    });

    public static InputRequest ForSampling(string prompt) => InputRequest.ForSampling(new CreateMessageRequestParams
    {
        Messages = [new SamplingMessage { Role = Role.User, Content = [Samples.Text(prompt)] }],
        MaxTokens = 100,
    });

    public static InputRequest ForRoots() => InputRequest.ForRootsList(new ListRootsRequestParams());

    /// <summary>The text a user gave for a field; null when this question was not answered with one.</summary>
    public static string? TextIn(IDictionary<string, InputResponse>? responses, string question, string field)
    {
        if (responses?.TryGetValue(question, out var response) is not true)
            return null;
        var content = response!.Deserialize(InputResponse.ElicitResultJsonTypeInfo)?.Content;
        return content is not null && content.TryGetValue(field, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
    }
}
