using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Templates;

namespace Miosa.Mcp.Sandboxes;

/// <summary>Checks what was asked of a new sandbox and fills in what was not said.</summary>
internal static class SandboxRequests
{
    private const string DefaultSize = "small";
    private const int LongestName = 64;
    private const int MostVariables = 200;
    private const int LongestVariable = 32 * 1024;
    private const int MostMetadata = 64;
    private const int LongestMetadata = 4_000;
    private const int LongestExternalId = 200;

    public static SandboxRow ToRow(Caller caller, SandboxRequest request, TimeProvider time)
    {
        CheckName(request.Name);
        CheckEnvironment(request.Env);
        if (request.Metadata.Count > MostMetadata)
            throw Invalid($"`metadata` holds {request.Metadata.Count} entries; {MostMetadata} is the most.", "Send fewer.");
        // Told in every answer about the sandbox.
        if (request.Metadata.Sum(pair => (long)pair.Key.Length + pair.Value.Length) is > LongestMetadata and var length)
            throw Invalid($"`metadata` has {length} characters; {LongestMetadata} is the most.", "Write it into a file in the sandbox.");
        CheckExternalId("external_workspace_id", request.ExternalWorkspaceId);
        CheckExternalId("external_user_id", request.ExternalUserId);
        CheckExternalId("external_project_id", request.ExternalProjectId);
        var now = time.GetUtcNow();
        return new SandboxRow
        {
            Id = Ids.New("sbx", time),
            Workspace = caller.WorkspaceName,
            Principal = caller.Principal,
            State = SandboxState.Provisioning,
            Slot = 0,
            Request = request,
            Size = Size(request),
            TemplateId = request.TemplateId ?? TemplateService.Default,
            Isolation = Enum.Parse<Isolation>(request.Isolation ?? "standard", ignoreCase: true),
            CreatedAt = now,
            ExpiresAt = ExpiresAt(request, time),
        };
    }

    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(365);

    /// <summary>The end of a sandbox's time, moved no further than any may be.</summary>
    public static DateTimeOffset Soonest(DateTimeOffset end, DateTimeOffset now) => end < now + LongestLife ? end : now + LongestLife;

    public static DateTimeOffset? ExpiresAt(SandboxRequest request, TimeProvider time) =>
        request.TimeoutSeconds is { } seconds ? time.GetUtcNow().AddSeconds(seconds) : null;

    public static DeviceSize Size(SandboxRequest request)
    {
        var size = DeviceSize.Find(request.Size ?? DefaultSize)!;
        return request.CpuCount is null && request.MemoryMb is null
            ? size
            : size with { Name = "custom", Cpus = request.CpuCount ?? size.Cpus, MemoryBytes = request.MemoryMb is { } mb ? (long)mb << 20 : size.MemoryBytes };
    }

    private static void CheckName(string? name)
    {
        if (name is null)
            return;
        if (name.Length is 0 or > LongestName || name.Trim() != name || name.Any(char.IsControl))
            throw Invalid($"`name` is not a name: 1 to {LongestName} characters, none of them control characters, no space at either end.", "Send another name, or none to get one from the id.");
    }

    private static void CheckExternalId(string argument, string? id)
    {
        if (id?.Length > LongestExternalId)
            throw Invalid($"`{argument}` has {id.Length} characters; {LongestExternalId} is the most.", "Send a shorter one.");
    }

    private static void CheckEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        if (environment.Count > MostVariables)
            throw Invalid($"`env` holds {environment.Count} variables; {MostVariables} is the most.", "Write the rest into a file in the sandbox.");
        foreach (var (name, value) in environment)
            CheckVariable(name, value);
    }

    public static void CheckVariable(string name, string value)
    {
        if (name.Length is 0 || name.Any(c => c is '=' or '\0') || value.Contains('\0', StringComparison.Ordinal))
            throw Invalid($"`env` has a variable named `{name}` that no program could read: names are not empty and hold no `=`, and nothing holds a NUL.", "Rename it.");
        if (name.Length + value.Length > LongestVariable)
            throw Invalid($"`env` has a variable `{name}` of {value.Length} characters; {LongestVariable} is the most.", "Write it into a file in the sandbox.");
    }

    private static ToolFailureException Invalid(string message, string next) => new(ToolErrorCode.InvalidInput, message, next);
}
