using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Storage;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Tests.Transports;

/// <summary>Tools through which a test sees what reached the server.</summary>
[McpServerToolType]
internal sealed class ProbeTools(ProbeTools.Board board)
{
    public static void Add(IMcpServerBuilder mcp)
    {
        mcp.AddStorage().Services.AddSingleton<Board>().AddSingleton<Journal>();
        mcp.WithTools<ProbeTools>();
    }

    [McpServerTool(Name = "whoami"), Description("Tells who calls.")]
    public static string WhoAmI(RequestContext<CallToolRequestParams> request) => JsonSerializer.Serialize(Caller.Of(request));

    [McpServerTool(Name = "length"), Description("Tells how long a text is.")]
    public static int Length(string text) => text.Length;

    [McpServerTool(Name = "wait"), Description("Answers when the test lets it.")]
    public async Task<string> Wait(CancellationToken cancellationToken)
    {
        board.Entered.Release();
        try
        {
            await board.Gate.Task.WaitAsync(cancellationToken);
            return "done";
        }
        catch (OperationCanceledException)
        {
            board.Cancelled.TrySetResult();
            throw;
        }
    }

    /// <summary>Where tools and test meet.</summary>
    public sealed class Board
    {
        public SemaphoreSlim Entered { get; } = new(0);

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task EnteredAsync() => Assert.True(await Entered.WaitAsync(Conversation.Patience));
    }
}
