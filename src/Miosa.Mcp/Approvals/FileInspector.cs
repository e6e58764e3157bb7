using System.Text.Json;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Approvals;

/// <summary>Shows which files a call is about to take away or to write over.</summary>
internal sealed class FileInspector(SandboxService sandboxes) : ICallInspector
{
    private const int MostLines = 40;

    public async Task<CallFacts?> InspectAsync(Call call, CancellationToken cancellationToken)
    {
        var paths = call.Tool switch
        {
            "sandbox_delete_file" or "sandbox_write_file" or "sandbox_edit_file" => ["path"],
            "sandbox_rename_file" or "sandbox_copy_file" => ["source", "dest"],
            _ => (string[])[],
        };
        if (paths.Length is 0 || Text(call, "sandbox_id") is not { } id)
            return null;
        var (sandbox, door) = await sandboxes.EnterAsync(call.Caller, id, cancellationToken);
        var digests = new FileDigests(door.FilesOf(Text(call, "user") ?? "agent"));
        List<BoundFile> files = [];
        List<string> preview = [$"sandbox     {sandbox.Name} ({sandbox.Id})"];
        foreach (var name in paths)
        {
            if (Text(call, name) is not { } given)
                continue;
            // As the file tools read it.
            var path = given.StartsWith('/') ? given : given is "~" || given.StartsWith("~/", StringComparison.Ordinal) ? $"/home/agent{given[1..]}" : $"/workspace/{given}";
            var found = await digests.OfTreeAsync(path, cancellationToken);
            preview.Add($"{name,-11} {path}: {found?.Words ?? "nothing is there"}");
            if (found is { } there)
                files.Add(there.File);
        }
        preview.AddRange(Change(call));
        return new CallFacts { Device = DeviceInspector.Identity(sandbox), Files = files, Preview = preview };
    }

    /// <summary>What is taken out and what comes in, as far as the call itself says.</summary>
    private static IEnumerable<string> Change(Call call)
    {
        if (call.Tool is "sandbox_write_file" && Text(call, "encoding") is null or "text")
            return Lines("+", Text(call, "content"));
        return call.Tool is "sandbox_edit_file" && call.Arguments.TryGetValue("edits", out var edits)
            ? edits.EnumerateArray().SelectMany(edit => edit.EnumerateObject().Where(part => part.Value.ValueKind is JsonValueKind.String).SelectMany(part => Lines(part.Name.StartsWith("old", StringComparison.Ordinal) ? "-" : "+", part.Value.GetString()))).Take(MostLines)
            : [];
    }

    private static IEnumerable<string> Lines(string sign, string? text)
    {
        var lines = (text ?? "").Split('\n');
        return lines.Take(MostLines).Select(line => $"{sign} {line}").Concat(lines.Length > MostLines ? [$"{sign} … {lines.Length - MostLines} more lines"] : []);
    }

    private static string? Text(Call call, string name) => call.Arguments.TryGetValue(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
