using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>Where calls act, as an attacker who lives there can change it.</summary>
internal sealed class PretendPlace : ICallInspector
{
    public CallFacts? Facts { get; set; }

    /// <summary>What calls with such a name would find instead.</summary>
    public Dictionary<string, CallFacts> OfName { get; } = new(StringComparer.Ordinal);

    public Task<CallFacts?> InspectAsync(Call call, CancellationToken cancellationToken) =>
        Task.FromResult(call.Arguments.TryGetValue("name", out var name) && OfName.TryGetValue(name.GetString()!, out var facts) ? facts : Facts);

    public static CallFacts With(string content = "echo hello", string path = "/workspace/run.sh", string? link = null, string interpreter = "/bin/bash", string environment = "sha256:1", string device = "sbx_1") => new()
    {
        Device = device,
        Environment = environment,
        Files = [new BoundFile { Path = path, LinkTarget = link, Sha256 = content, Size = content.Length, Interpreter = interpreter }],
        Preview = [$"runs {path}"],
    };
}
