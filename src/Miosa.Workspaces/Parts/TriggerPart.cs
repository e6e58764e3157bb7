using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>Reads what starts work without a person: paperclip.manifest.yaml and .paperclip.yaml.</summary>
internal static class TriggerPart
{
    /// <summary>What a sidecar says: triggers, and the runtimes of agents.</summary>
    public sealed record Sidecar(IReadOnlyList<Trigger> Triggers, IReadOnlyDictionary<string, string> Runtimes);

    public static IReadOnlyList<Trigger> Manifest(PartContext file)
    {
        var fields = file.ReadYaml();
        if (fields.Take("triggers") is not { } entry)
            return [];
        if (entry.Value is YamlNode.Sequence list)
            return [.. list.Items.OfType<YamlNode.Map>().Select((map, index) => One(file, new Fields(map, file.Problems), $"trigger-{index + 1}", task: null))];
        file.Problems.Warning(Codes.WrongKind, entry.Value.At, "`triggers` has to be a list; none was read.", "write a list.");
        return [];
    }

    public static Sidecar FromSidecar(PartContext file)
    {
        var fields = file.ReadYaml();
        if (fields.Take("schema") is { Value: YamlNode.Scalar schema } && !schema.Value.StartsWith("paperclip/v1", StringComparison.Ordinal))
            file.Problems.Warning(Codes.UnknownSchema, schema.At, $"{Quote.Of(schema.Value)} is a schema nobody knows here; it was read as paperclip/v1.", "write `schema: paperclip/v1`.");
        List<Trigger> triggers = [];
        foreach (var routine in fields.Map("routines")?.All ?? [])
        {
            file.Mention(MentionKind.Task, routine.Key.Value, routine.Key.At, "routines");
            if (routine.Value is YamlNode.Map map && new Fields(map, file.Problems).Take("triggers") is { Value: YamlNode.Sequence list })
                triggers.AddRange(list.Items.OfType<YamlNode.Map>().Select(one => One(file, new Fields(one, file.Problems), routine.Key.Value, routine.Key.Value)));
        }
        Dictionary<string, string> runtimes = new(StringComparer.OrdinalIgnoreCase);
        foreach (var agent in fields.Map("agents")?.All ?? [])
        {
            file.Mention(MentionKind.Agent, agent.Key.Value, agent.Key.At, "agents");
            if (agent.Value is YamlNode.Map map && new Fields(map, file.Problems).Map("adapter")?.Text("type") is { } runtime)
                runtimes[agent.Key.Value] = runtime;
        }
        return new Sidecar(triggers, runtimes);
    }

    private static Trigger One(PartContext file, Fields fields, string name, string? task)
    {
        var kindEntry = fields.Take("type", "kind");
        var kind = (kindEntry?.Value as YamlNode.Scalar)?.Value.Trim().ToLowerInvariant() switch
        {
            "cron" or "schedule" => TriggerKind.Cron,
            "webhook" or "api" => TriggerKind.Webhook,
            "event" => TriggerKind.Event,
            _ => TriggerKind.Unknown,
        };
        if (kind is TriggerKind.Unknown)
            file.Problems.Error(Codes.UnknownTrigger, kindEntry?.Value.At ?? fields.At, "this says not what the trigger waits for; it never fires.", "write `type: cron`, `webhook` or `event`.");
        return new Trigger
        {
            Name = fields.Text("name", "id") ?? name,
            Kind = kind,
            Schedule = kind is TriggerKind.Cron ? SchedulePart.Read(file, fields.Take("schedule", "cron", "cronExpression"), fields.Take("timezone")) : null,
            Skill = file.Named(fields, MentionKind.Skill, "skill", "command"),
            Task = task ?? fields.Text("task"),
            Arguments = fields.Take("args", "arguments")?.Value.ToFact(),
            Path = file.Path,
            Extra = fields.Rest(),
        };
    }
}
