using System.Text.Json;
using System.Text.Json.Serialization;
using Miosa.Devices;

namespace Miosa.Mcp.Doctor;

/// <summary>`miosa doctor`: what this machine can enforce and what not, and how to mend it.</summary>
internal static class DoctorCommand
{
    /// <returns>0 where sandboxes work, 1 where they do not.</returns>
    public static async Task<int> RunAsync(EngineOptions options, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        var checks = await MachineChecks.RunAsync(options, cancellationToken);
        await output.WriteAsync(json ? JsonSerializer.Serialize(checks, DoctorJson.Default.IReadOnlyListMachineCheck) + "\n" : Text(checks));
        return checks.Any(check => check.Status is CheckStatus.Missing) ? 1 : 0;
    }

    internal static string Text(IReadOnlyList<MachineCheck> checks)
    {
        var width = checks.Max(check => check.Name.Length);
        var text = new StringWriter();
        foreach (var check in checks)
        {
            var mark = check.Status switch { CheckStatus.Ok => "ok  ", CheckStatus.Degraded => "less", _ => "MISS" };
            text.WriteLine($"{mark}  {check.Name.PadRight(width)}  {check.Detail}");
            if (check.Remedy is not null)
                text.WriteLine($"      {new string(' ', width)}  → {check.Remedy}");
        }
        text.WriteLine(checks.Any(check => check.Status is CheckStatus.Missing)
            ? "Sandboxes do not work here yet."
            : checks.Any(check => check.Status is CheckStatus.Degraded) ? "Sandboxes work here, with less than could be." : "Everything is as it should be.");
        return text.ToString();
    }
}

/// <summary>The checks for programs.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<MachineCheck>))]
internal sealed partial class DoctorJson : JsonSerializerContext;
