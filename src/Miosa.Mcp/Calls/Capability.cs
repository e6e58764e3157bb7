using System.Text.Json;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Calls;

/// <summary>A capability as it stands: what its author declared, and a fingerprint of exactly that.</summary>
internal sealed record Capability
{
    public required CapabilityAttribute Declared { get; init; }

    public required string Tool { get; init; }

    public required JsonElement Schema { get; init; }

    public required IReadOnlyList<MarkWhenAttribute> Conditional { get; init; }

    /// <summary>`sha256:…` of the canonical definition. Who consented to one consented to no other.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>What this call does besides: what all of them do, and what follows from its arguments.</summary>
    public Marks MarksOf(IReadOnlyDictionary<string, JsonElement> arguments)
    {
        var marks = Declared.Marks;
        foreach (var condition in Conditional)
        {
            if (condition.IsAbout(arguments))
                marks |= condition.Marks;
        }
        return marks;
    }

    public static Capability Of(McpServerTool tool)
    {
        var declared = tool.Metadata.OfType<CapabilityAttribute>().Single();
        List<MarkWhenAttribute> conditional = [.. tool.Metadata.OfType<MarkWhenAttribute>().OrderBy(condition => condition.Argument, StringComparer.Ordinal).ThenBy(condition => condition.Marks)];
        return new Capability
        {
            Declared = declared,
            Tool = tool.ProtocolTool.Name,
            Schema = tool.ProtocolTool.InputSchema,
            Conditional = conditional,
            Fingerprint = CanonicalJson.Hash(JsonSerializer.SerializeToElement(
                new
                {
                    declared.Name,
                    declared.Version,
                    declared.Risk,
                    declared.Approval,
                    declared.Scope,
                    declared.Permission,
                    declared.Marks,
                    Cost = double.IsNaN(declared.CostUsd) ? (double?)null : declared.CostUsd,
                    MarksWhen = conditional.Select(condition => new { condition.Argument, condition.Values, condition.Marks }),
                    InputSchema = CanonicalJson.Hash(tool.ProtocolTool.InputSchema),
                },
                Wire.Options)),
        };
    }
}
