using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Conformance.Fixtures;

/// <summary>One prompt for each kind of content, and one that asks first.</summary>
[McpServerPromptType]
internal sealed class ConformancePrompts
{
    [McpServerPrompt(Name = "test_simple_prompt"), Description("Takes no argument.")]
    public static string Simple() => "This is a simple prompt for testing.";

    [McpServerPrompt(Name = "test_prompt_with_arguments"), Description("Takes two arguments.")]
    public static string WithArguments([Description("The first.")] string arg1, [Description("The second.")] string arg2) =>
        $"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'";

    [McpServerPrompt(Name = "test_prompt_with_embedded_resource"), Description("Holds a resource.")]
    public static IReadOnlyList<PromptMessage> WithResource([Description("Which one.")] string resourceUri) =>
        [Said(Samples.Resource(resourceUri, "Embedded resource content for testing.")), Said(Samples.Text("Please process the embedded resource above."))];

    [McpServerPrompt(Name = "test_prompt_with_image"), Description("Holds an image.")]
    public static IReadOnlyList<PromptMessage> WithImage() => [Said(Samples.Image()), Said(Samples.Text("Please analyze the image above."))];

    [McpServerPrompt(Name = "test_input_required_result_prompt"), Description("Asks for its context first.")]
    public static GetPromptResult AsksFirst(RequestContext<GetPromptRequestParams> request) =>
        Asked.TextIn(request.Params.InputResponses, "user_context", "context") is { } context
            ? new GetPromptResult { Messages = [Said(Samples.Text($"Go on with this context: {context}"))] }
            : throw new InputRequiredException(new Dictionary<string, InputRequest>(StringComparer.Ordinal)
            {
                ["user_context"] = Asked.ForText("What context should the prompt use?", "context"),
            });

    private static PromptMessage Said(ContentBlock content) => new() { Role = Role.User, Content = content };
}
