using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Miosa.Mcp.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Tests;

/// <summary>Tools of every kind over a pretend world.</summary>
[McpServerToolType]
internal sealed class TestTools(TestWorld world)
{
    public const string Secret = "the password is swordfish";

    [McpServerTool(Name = "thing_make")]
    [Capability("thing.make", Risk.Write)]
    [Description("Make a thing.")]
    public Thing Make(
        Caller caller,
        string name,
        [Range(1, 10)] int count = 1,
        [AllowedValues("small", "large")] string size = "small",
        [MinLength(1), MaxLength(3)] IReadOnlyList<string>? tags = null,
        IReadOnlyDictionary<string, string>? labels = null,
        [MaxLength(100)] IReadOnlyList<ThingPart>? parts = null,
        bool shiny = false,
        double weight = 1) => world.Made(name, caller, count);

    [McpServerTool(Name = "thing_keep")]
    [Capability("thing.keep", Risk.Write, Idempotent = true)]
    [Description("Keep a thing.")]
    public async Task<Thing> Keep(Caller caller, string name, IProgress<ProgressNotificationValue>? progress = null, CancellationToken cancellationToken = default) =>
        await WaitAndMakeAsync(caller, name, progress, cancellationToken);

    [McpServerTool(Name = "thing_wait")]
    [Capability("thing.wait", Risk.Write)]
    [Description("Make a thing when the gate opens.")]
    public async Task<Thing> Wait(Caller caller, string name, IProgress<ProgressNotificationValue>? progress = null, CancellationToken cancellationToken = default) =>
        await WaitAndMakeAsync(caller, name, progress, cancellationToken);

    [McpServerTool(Name = "thing_fail")]
    [Capability("thing.fail", Risk.Write)]
    [Description("Fail until the world is mended.")]
    public Thing Fail(Caller caller, string code) => world.IsMended
        ? world.Made("mended", caller)
        : throw (code is "BUG" ? new InvalidOperationException(Secret) : new ToolFailureException(Enum.Parse<ToolErrorCode>(code), "It failed.", "Do something else."));

    [McpServerTool(Name = "thing_get")]
    [Capability("thing.get", Risk.Read)]
    [Description("Get a thing.")]
    public Thing Get(Caller caller, string name = "none") => new() { Name = name, Number = world.Runs, Workspace = caller.WorkspaceName };

    [McpServerTool(Name = "thing_remove")]
    [Capability("thing.remove", Risk.Destructive, OpenWorld = true)]
    [Description("Remove a thing.")]
    public Thing Remove(Caller caller, string name) => world.Made(name, caller);

    [McpServerTool(Name = "thing_extra")]
    [Capability("thing.extra", Risk.Write, Toolset = "extra")]
    [Description("Do something rare.")]
    public Thing Extra(Caller caller) => world.Made("extra", caller);

    private async Task<Thing> WaitAndMakeAsync(Caller caller, string name, IProgress<ProgressNotificationValue>? progress, CancellationToken cancellationToken)
    {
        world.Entered.TrySetResult();
        progress?.Report(new ProgressNotificationValue { Progress = 1, Message = "waiting" });
        await world.Gate.Task.WaitAsync(cancellationToken);
        progress?.Report(new ProgressNotificationValue { Progress = 2, Message = "made" });
        return world.Made(name, caller);
    }
}

/// <summary>A tool whose author forgot what it does to the world.</summary>
[McpServerToolType]
internal sealed class ForgetfulTools
{
    [McpServerTool(Name = "thing_forget"), Description("Says nothing of itself.")]
    public string Forget() => "";
}

/// <summary>A tool that is fine but for the way in which the test registers it.</summary>
[McpServerToolType]
internal sealed class KeylessTools
{
    [McpServerTool(Name = "thing_slip"), Capability("thing.slip", Risk.Write), Description("Changes something.")]
    public string Slip() => "";
}

/// <summary>Part of a thing, so that arguments can be nested.</summary>
internal sealed record ThingPart
{
    public required string Name { get; init; }

    [Range(1, 5)]
    public int Count { get; init; } = 1;
}

/// <summary>What the tools answer.</summary>
internal sealed record Thing
{
    public required string Name { get; init; }

    public required int Number { get; init; }

    public required string Workspace { get; init; }
}

/// <summary>What the tools act on. It outlives a host, as sandboxes do.</summary>
internal sealed class TestWorld
{
    private int _runs;

    /// <summary>How often something was made.</summary>
    public int Runs => Volatile.Read(ref _runs);

    public bool IsMended { get; set; }

    /// <summary>A tool waits at the gate.</summary>
    public TaskCompletionSource Entered { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Gate { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Something was made after the gate.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Thing Made(string name, Caller caller, int count = 1)
    {
        var number = Interlocked.Add(ref _runs, count);
        Done.TrySetResult();
        return new Thing { Name = name, Number = number, Workspace = caller.WorkspaceName };
    }
}
