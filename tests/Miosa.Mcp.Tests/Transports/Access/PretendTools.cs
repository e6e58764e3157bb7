using System.ComponentModel;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Storage;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Tests.Transports.Access;

/// <summary>Tools with the product's names and no machines, behind the real pipeline, gate and journal.</summary>
[McpServerToolType]
internal sealed class PretendTools(ProbeTools.Board board)
{
    public static Server Server { get; } = new(
        mcp =>
        {
            mcp.AddStorage().AddCalls().AddEvents().AddTools<PretendTools>();
            mcp.Services.AddSingleton<ProbeTools.Board>();
        },
        endpoints => endpoints.MapEvents());

    [McpServerTool(Name = "sandbox_list")]
    [Capability("sandbox.list", Risk.Read)]
    [Description("Tell who asks.")]
    public Asker List(Caller caller) => new() { IsOpen = board.Gate.Task.IsCompleted, Principal = caller.Principal, Workspace = caller.WorkspaceName, Agent = caller.Agent, Kind = caller.Kind.ToString(), ReadOnly = caller.ReadOnly };

    [McpServerTool(Name = "sandbox_create")]
    [Capability("sandbox.create", Risk.Write)]
    [Description("Make something.")]
    public Asker Create(Caller caller, string name = "x") => List(caller);

    [McpServerTool(Name = "sandbox_destroy")]
    [Capability("sandbox.destroy", Risk.Destructive)]
    [Description("Take something away.")]
    public Asker Destroy(Caller caller, string name = "x") => List(caller);

    [McpServerTool(Name = "sandbox_exec")]
    [Capability("sandbox.exec", Risk.Write)]
    [Description("Answer when the test lets it.")]
    public async Task<Asker> Exec(Caller caller, CancellationToken cancellationToken)
    {
        board.Entered.Release();
        try
        {
            await board.Gate.Task.WaitAsync(cancellationToken);
            return List(caller);
        }
        catch (OperationCanceledException)
        {
            board.Cancelled.TrySetResult();
            throw;
        }
    }

    internal sealed record Asker
    {
        public required string Principal { get; init; }

        public required string Workspace { get; init; }

        public string? Agent { get; init; }

        public required string Kind { get; init; }

        public required bool ReadOnly { get; init; }

        public required bool IsOpen { get; init; }
    }
}
