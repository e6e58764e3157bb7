using System.ComponentModel;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Conformance.Fixtures;

/// <summary>Tools that want something of the client while they run: its log, its model, its user.</summary>
[McpServerToolType]
internal sealed partial class ClientTools(TimeProvider time)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    [McpServerTool(Name = "test_tool_with_logging"), Capability("test_tool_with_logging", Risk.Read), Description("Logs three lines to the client.")]
    public async Task<string> Logs(McpServer server, CancellationToken cancellationToken)
    {
        using var provider = server.AsClientLoggerProvider();
        var log = provider.CreateLogger(nameof(ClientTools));
        LogLine(log, "Tool execution started");
        await Task.Delay(Step, time, cancellationToken);
        LogLine(log, "Tool processing data");
        await Task.Delay(Step, time, cancellationToken);
        LogLine(log, "Tool execution completed");
        await Task.Delay(Step, time, cancellationToken);
        return "Three lines were logged";
    }

    [McpServerTool(Name = "test_logging_tool"), Capability("test_logging_tool", Risk.Read), Description("Logs a line, for clients that asked for lines.")]
    public static string LogsOnRequest(McpServer server)
    {
        using var provider = server.AsClientLoggerProvider();
        LogLine(provider.CreateLogger(nameof(ClientTools)), "test_logging_tool ran");
        return "A line was logged for those who want it";
    }

    [McpServerTool(Name = "test_missing_capability"), Capability("test_missing_capability", Risk.Read), Description("Runs only for clients that can sample.")]
    public static string NeedsSampling(McpServer server) =>
        server.ClientCapabilities?.Sampling is null
            ? throw new MissingRequiredClientCapabilityException(new ClientCapabilities { Sampling = new SamplingCapability() }, "This tool needs a client that can sample.")
            : "The client can sample";

    [McpServerTool(Name = "test_streaming_elicitation"), Capability("test_streaming_elicitation", Risk.Read), Description("Answers on its stream and asks nothing there.")]
    public static string AsksNothing() => "Only a result came on this stream";

    [McpServerTool(Name = "test_sampling"), Capability("test_sampling", Risk.Read), Description("Asks the client's model.")]
    public static async Task<string> Samples(McpServer server, [Description("What to ask.")] string prompt, CancellationToken cancellationToken)
    {
        var answer = await server.SampleAsync(
            new CreateMessageRequestParams { Messages = [new SamplingMessage { Role = Role.User, Content = [Fixtures.Samples.Text(prompt)] }], MaxTokens = 100 },
            cancellationToken);
        return $"LLM response: {answer.Content.OfType<TextContentBlock>().FirstOrDefault()?.Text}";
    }

    [McpServerTool(Name = "test_elicitation"), Capability("test_elicitation", Risk.Read), Description("Asks the client's user.")]
    public static Task<string> Elicits(McpServer server, [Description("What to ask.")] string message, CancellationToken cancellationToken) =>
        AskAsync(
            server,
            message,
            new ElicitRequestParams.RequestSchema
            {
                Properties =
                {
                    ["username"] = new ElicitRequestParams.StringSchema { Description = "User's response" },
                    ["email"] = new ElicitRequestParams.StringSchema { Description = "User's email address" },
                },
                Required = ["username", "email"],
            },
            cancellationToken);

    [McpServerTool(Name = "test_elicitation_sep1034_defaults"), Capability("test_elicitation_sep1034_defaults", Risk.Read), Description("Asks with a default for each kind of value.")]
    public static Task<string> Defaults(McpServer server, CancellationToken cancellationToken) =>
        AskAsync(
            server,
            "Are these right?",
            new ElicitRequestParams.RequestSchema
            {
                Properties =
                {
                    ["name"] = new ElicitRequestParams.StringSchema { Default = "John Doe" },
                    ["age"] = new ElicitRequestParams.NumberSchema { Type = "integer", Default = 30 },
                    ["score"] = new ElicitRequestParams.NumberSchema { Default = 95.5 },
                    ["status"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Enum = ["active", "inactive", "pending"], Default = "active" },
                    ["verified"] = new ElicitRequestParams.BooleanSchema { Default = true },
                },
            },
            cancellationToken);

    [McpServerTool(Name = "test_elicitation_sep1330_enums"), Capability("test_elicitation_sep1330_enums", Risk.Read), Description("Asks with each kind of choice.")]
    public static Task<string> Choices(McpServer server, CancellationToken cancellationToken) =>
        AskAsync(
            server,
            "Choose.",
            new ElicitRequestParams.RequestSchema
            {
                Properties =
                {
                    ["untitledSingle"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Enum = ["option1", "option2", "option3"] },
                    ["titledSingle"] = new ElicitRequestParams.TitledSingleSelectEnumSchema { OneOf = Titled("First Option", "Second Option", "Third Option") },
                    ["legacyEnum"] = new ElicitRequestParams.LegacyTitledEnumSchema { Enum = ["opt1", "opt2", "opt3"], EnumNames = ["Option One", "Option Two", "Option Three"] },
                    ["untitledMulti"] = new ElicitRequestParams.UntitledMultiSelectEnumSchema
                    {
                        Items = new ElicitRequestParams.UntitledEnumItemsSchema { Enum = ["option1", "option2", "option3"] },
                    },
                    ["titledMulti"] = new ElicitRequestParams.TitledMultiSelectEnumSchema
                    {
                        Items = new ElicitRequestParams.TitledEnumItemsSchema { AnyOf = Titled("First Choice", "Second Choice", "Third Choice") },
                    },
                },
            },
            cancellationToken);

    private static async Task<string> AskAsync(McpServer server, string message, ElicitRequestParams.RequestSchema schema, CancellationToken cancellationToken)
    {
        var answer = await server.ElicitAsync(new ElicitRequestParams { Message = message, RequestedSchema = schema }, cancellationToken);
        return $"Elicitation completed: action={answer.Action}, content={string.Join(", ", answer.Content?.Select(c => $"{c.Key}: {c.Value}") ?? [])}";
    }

    private static List<ElicitRequestParams.EnumSchemaOption> Titled(params string[] titles) =>
        [.. titles.Select((title, i) => new ElicitRequestParams.EnumSchemaOption { Const = $"value{i + 1}", Title = title })];

    [LoggerMessage(LogLevel.Information, "{Line}")]
    private static partial void LogLine(ILogger logger, string line);
}
