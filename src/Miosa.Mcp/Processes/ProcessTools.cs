using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Processes;

[McpServerToolType]
internal sealed class ProcessTools(ProcessService processes, TimeProvider time)
{
    private const int DefaultWait = 25;
    private const int LongestWait = 50;

    [McpServerTool(Name = "sandbox_exec")]
    [Capability("sandbox.exec", Risk.Write, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Run a shell command in a sandbox and get its exit code and the end of its output. A command that takes longer than wait_seconds goes on; read it with process_output.")]
    public Task<ProcessResult> Exec(
        Caller caller,
        string sandbox_id,
        [Description("For bash -c. Give this or argv.")] string? command = null,
        [Description("Program and arguments, without a shell."), MinLength(1)] IReadOnlyList<string>? argv = null,
        string cwd = "/workspace",
        IReadOnlyDictionary<string, string>? env = null,
        [Description("Given to the command's standard input.")] string? stdin = null,
        [Description("Keep standard input open for process_input.")] bool keep_stdin_open = false,
        [AllowedValues("agent", "root")] string user = "agent",
        [Description("Give it a terminal; stdout and stderr then are one.")] bool tty = false,
        [Range(1, 500)] int rows = 24,
        [Range(1, 1000)] int columns = 80,
        [Description("Seconds to wait for the end; 0 starts it in the background."), Range(0, LongestWait)] int wait_seconds = DefaultWait,
        [Description("Seconds after which it and all it started are killed; none if absent."), Range(1, 604_800)] int? timeout = null,
        IProgress<ProgressNotificationValue>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (command is null == argv is null)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, "Give either `command` or `argv`, one of them.", "`command` is a line for the shell; `argv` is a program with its arguments.");
        return RunAsync(
            caller, sandbox_id,
            new ExecRequest
            {
                Arguments = argv ?? ["/bin/bash", "-c", command!],
                Title = Title(command ?? string.Join(' ', argv!)),
                WorkingDirectory = cwd,
                Env = env ?? new Dictionary<string, string>(),
                User = user,
                Input = stdin,
                KeepInputOpen = keep_stdin_open,
                Terminal = tty ? new TerminalSize((ushort)rows, (ushort)columns) : null,
                Timeout = timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                Wait = TimeSpan.FromSeconds(wait_seconds),
            },
            progress, cancellationToken);
    }

    [McpServerTool(Name = "sandbox_python")]
    [Capability("sandbox.python", Risk.Write, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Run Python code in a sandbox and get what it printed.")]
    public Task<ProcessResult> Python(
        Caller caller,
        string sandbox_id,
        string code,
        string cwd = "/workspace",
        IReadOnlyDictionary<string, string>? env = null,
        [AllowedValues("agent", "root")] string user = "agent",
        [Range(0, LongestWait)] int wait_seconds = DefaultWait,
        [Description("Seconds after which it is killed."), Range(1, 604_800)] int? timeout = null,
        IProgress<ProgressNotificationValue>? progress = null,
        CancellationToken cancellationToken = default) =>
        RunAsync(
            caller, sandbox_id,
            new ExecRequest
            {
                Arguments = ["python3", "-"],
                Title = Title("python: " + code),
                WorkingDirectory = cwd,
                Env = env ?? new Dictionary<string, string>(),
                User = user,
                Input = code,
                Timeout = timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                Wait = TimeSpan.FromSeconds(wait_seconds),
            },
            progress, cancellationToken);

    [McpServerTool(Name = "process_list")]
    [Capability("process.list", Risk.Read, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("List commands that run or ran, the latest first.")]
    public async Task<ProcessPage> List(
        Caller caller,
        string? sandbox_id = null,
        [AllowedValues("running", "exited", "killed", "timed_out", "gone")] string? status = null,
        [Description("next_cursor of the page before.")] string? cursor = null,
        [Range(1, 50)] int limit = 20,
        CancellationToken cancellationToken = default) =>
        ProcessPage.From(await processes.ListAsync(caller, sandbox_id, status, cursor, limit + 1, cancellationToken), limit, time);

    [McpServerTool(Name = "process_output")]
    [Capability("process.output", Risk.Read, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Read the output of a command from a cursor on, waiting for more, for a text (such as 'listening on') or for its end.")]
    public async Task<ProcessOutput> Output(
        Caller caller,
        string process_id,
        [Description("Where to go on; 0 is the start.")] string cursor = "0",
        [Description("Wait up to this long while there is nothing new."), Range(0, LongestWait)] int wait_seconds = 0,
        [Description("Wait until this text comes.")] string? wait_for = null,
        [Description("base64 gives the bytes as they are."), AllowedValues("text", "base64")] string encoding = "text",
        [Range(100, 100_000)] int max_chars = ProcessOutput.DefaultCharacters,
        CancellationToken cancellationToken = default)
    {
        if (!long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var at))
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`cursor` is `{cursor}`; it is a number that an answer gave, or 0.", "Take `cursor` of the last answer.");
        var (row, page, found) = await processes.OutputAsync(caller, process_id, at, max_chars, TimeSpan.FromSeconds(wait_seconds), wait_for, cancellationToken);
        return ProcessOutput.From(row, page, at, wait_for is null ? null : found, encoding is "base64");
    }

    [McpServerTool(Name = "process_input")]
    [Capability("process.input", Risk.Write, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Write to the standard input or terminal of a running command, end its input, or resize its terminal.")]
    public async Task<ProcessInputTaken> Input(
        Caller caller,
        string process_id,
        string text = "",
        [Description("End the input after it.")] bool close = false,
        [Range(1, 500)] int? rows = null,
        [Range(1, 1000)] int? columns = null,
        CancellationToken cancellationToken = default)
    {
        if (rows is null != columns is null)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, "`rows` and `columns` go together.", "Give both, or none.");
        if (rows is { } height && columns is { } width)
            await processes.ResizeAsync(caller, process_id, new TerminalSize((ushort)height, (ushort)width), cancellationToken);
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        var taken = bytes.Length > 0 || close ? await processes.InputAsync(caller, process_id, bytes, close, cancellationToken) : 0;
        return new ProcessInputTaken
        {
            ProcessId = process_id,
            BytesTaken = taken,
            BytesLeft = bytes.Length - taken,
            NextStep = taken < bytes.Length ? "The command reads slowly; send the rest again." : "process_output shows what it makes of it.",
        };
    }

    [McpServerTool(Name = "process_signal")]
    [Capability("process.signal", Risk.Write, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Send a signal to a running command: SIGINT to interrupt, SIGTERM to end, SIGKILL to kill it and all it started.")]
    public async Task<ProcessSummary> Signal(
        Caller caller,
        string process_id,
        [AllowedValues("SIGINT", "SIGTERM", "SIGKILL", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGSTOP", "SIGCONT")] string signal = "SIGTERM",
        CancellationToken cancellationToken = default)
    {
        await processes.SignalAsync(caller, process_id, Signals.Number(signal), tree: signal is "SIGKILL", cancellationToken);
        return ProcessSummary.From(await processes.GetAsync(caller, process_id, cancellationToken), time);
    }

    private async Task<ProcessResult> RunAsync(Caller caller, string sandboxId, ExecRequest request, IProgress<ProgressNotificationValue>? progress, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in request.Env)
            Sandboxes.SandboxRequests.CheckVariable(name, value);
        var reporter = progress is null ? null : new ExecProgress(progress, time);
        var started = time.GetTimestamp();
        var (row, state, tail) = await processes.ExecAsync(caller, sandboxId, request, reporter is null ? null : reporter.Report, cancellationToken);
        return ProcessResults.From(row, state, tail, processes.RefusedSince(row, started), time);
    }

    private static string Title(string command)
    {
        const int longest = 200;
        var line = command.ReplaceLineEndings(" ");
        return line.Length <= longest ? line : line[..longest] + "…";
    }
}
