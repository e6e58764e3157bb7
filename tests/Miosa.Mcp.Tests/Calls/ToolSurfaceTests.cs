using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Tests.Calls;

/// <summary>What clients demand of every tool of the product, and a picture of all of them so that a change is seen.</summary>
public sealed partial class ToolSurfaceTests
{
    private const string Accept = "MIOSA_ACCEPT_TOOLS";
    private static readonly JsonSerializerOptions Indented = new(Wire.Options) { WriteIndented = true };

    /// <summary>What the validator enforces and what every client takes.</summary>
    private static readonly string[] Keywords =
        ["type", "description", "properties", "required", "enum", "default", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "items", "additionalProperties"];

    private static readonly Lazy<IReadOnlyList<McpServerTool>> Product = new(() =>
    {
        var services = new ServiceCollection().AddLogging();
        Server.Product.Add(services.AddMcpServer(Server.Introduce));
        using var provider = services.BuildServiceProvider();
        return [.. provider.GetRequiredService<IOptions<McpServerOptions>>().Value.ToolCollection!.OrderBy(tool => tool.ProtocolTool.Name, StringComparer.Ordinal)];
    });

    public static TheoryData<string> Tools => [.. Product.Value.Select(tool => tool.ProtocolTool.Name)];

    [Fact]
    public void The_tools_are_those_that_were_accepted()
    {
        var present = Picture();
        var file = Path.Combine(Sources(), "Calls", "tools.snapshot.json");
        if (Environment.GetEnvironmentVariable(Accept) is "1")
            File.WriteAllText(file, present);

        Assert.True(
            File.Exists(file) && File.ReadAllText(file) == present,
            $"The tools differ from {Path.GetFileName(file)}. If that is meant (and the capability's version was raised where callers must know), accept it: "
            + $"{Accept}=1 dotnet run --project tests/Miosa.Mcp.Tests -- -class {typeof(ToolSurfaceTests).FullName}, and look at the difference before you commit it.");
    }

    [Fact]
    public void Every_toolset_can_be_asked_for_by_its_name() =>
        Assert.Equal(
            Product.Value.Select(tool => tool.Metadata.OfType<CapabilityAttribute>().Single().Toolset).Distinct().Order(StringComparer.Ordinal),
            Toolsets.Names.Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Tools))]
    public void A_schema_is_one_that_every_client_takes(string name)
    {
        var tool = Find(name).ProtocolTool;

        Assert.Equal("object", tool.InputSchema.GetProperty("type").GetString());
        CheckSchema(name, tool.InputSchema);
        Assert.All(tool.InputSchema.GetProperty("properties").EnumerateObject(), property => Assert.Matches(Name(), property.Name));
    }

    [Theory, MemberData(nameof(Tools))]
    public void A_name_is_short_and_plain_and_the_description_begins_with_what_it_does(string name)
    {
        var tool = Find(name).ProtocolTool;

        Assert.Matches(Name(), name);
        Assert.InRange(name.Length, 3, 40);
        Assert.InRange(tool.Description!.Length, 20, 400);
        Assert.Matches(Sentence(), tool.Description);
        Assert.Contains(' ', tool.Description[..Math.Min(150, tool.Description.Length)]);
    }

    [Theory, MemberData(nameof(Tools))]
    public void A_mutation_takes_a_key_and_a_read_does_not(string name)
    {
        var tool = Find(name);
        var capability = tool.Metadata.OfType<CapabilityAttribute>().Single();

        Assert.Equal(capability.IsMutation, tool.ProtocolTool.InputSchema.GetProperty("properties").TryGetProperty("idempotency_key", out _));
        Assert.Equal(!capability.IsMutation, tool.ProtocolTool.Annotations!.ReadOnlyHint);
        Assert.Equal(capability.Risk is Risk.Destructive, tool.ProtocolTool.Annotations.DestructiveHint);
        Assert.True(capability.Risk is Risk.Read || capability.Approval is not ApprovalClass.Never, "A mutation that nobody could ever be asked about.");
    }

    [Theory, MemberData(nameof(Tools))]
    public void Every_whole_number_has_bounds_that_its_type_can_hold(string name)
    {
        foreach (var (path, schema) in Schemas(name, Find(name).ProtocolTool.InputSchema).Where(pair => pair.Schema.GetProperty("type").GetString() is "integer"))
        {
            Assert.True(schema.TryGetProperty("minimum", out var low) && low.TryGetInt32(out _), $"{path} has no least value.");
            Assert.True(schema.TryGetProperty("maximum", out var high) && high.TryGetInt32(out _), $"{path} has no greatest value.");
        }
    }

    [Fact]
    public void The_default_list_stays_small()
    {
        var listed = Product.Value.Where(tool => tool.Metadata.OfType<CapabilityAttribute>().Single().Toolset is CapabilityAttribute.DefaultToolset).Select(tool => tool.ProtocolTool).ToList();
        var characters = JsonSerializer.Serialize(listed, Wire.Options).Length;

        Assert.InRange(listed.Count, 1, 29);
        // JSON of schemas takes 3.5 characters a token or more with the tokenizers in use.
        Assert.InRange(characters / 3.5, 1, 6_000);
    }

    private static McpServerTool Find(string name) => Product.Value.Single(tool => tool.ProtocolTool.Name == name);

    private static void CheckSchema(string name, JsonElement schema)
    {
        foreach (var (path, part) in Schemas(name, schema))
        {
            Assert.True(part.ValueKind is JsonValueKind.Object, $"{path} is a boolean schema.");
            Assert.All(part.EnumerateObject(), keyword => Assert.True(Keywords.Contains(keyword.Name), $"{path} uses {keyword.Name}."));
            Assert.True(part.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String, $"{path} has no single type.");
            if (part.TryGetProperty("required", out var required))
                Assert.All(required.EnumerateArray(), property => Assert.True(part.GetProperty("properties").TryGetProperty(property.GetString()!, out _), $"{path} requires what it does not have."));
        }
    }

    private static IEnumerable<(string Path, JsonElement Schema)> Schemas(string path, JsonElement schema)
    {
        yield return (path, schema);
        if (schema.ValueKind is not JsonValueKind.Object)
            yield break;
        List<(string, JsonElement)> parts = [];
        if (schema.TryGetProperty("properties", out var properties))
            parts.AddRange(properties.EnumerateObject().Select(property => ($"{path}.{property.Name}", property.Value)));
        if (schema.TryGetProperty("items", out var items))
            parts.Add(($"{path}[]", items));
        if (schema.TryGetProperty("additionalProperties", out var each))
            parts.Add(($"{path}.*", each));
        foreach (var found in parts.SelectMany(part => Schemas(part.Item1, part.Item2)))
            yield return found;
    }

    private static string Picture()
    {
        var tools = new JsonArray([.. Product.Value.Select(tool => Picture(tool.ProtocolTool, tool.Metadata.OfType<CapabilityAttribute>().Single()))]);
        return tools.ToJsonString(Indented) + "\n";
    }

    private static JsonNode Picture(Tool tool, CapabilityAttribute capability) => new JsonObject
    {
        ["name"] = tool.Name,
        ["description"] = tool.Description,
        ["capability"] = capability.Name,
        ["version"] = capability.Version,
        ["risk"] = JsonSerializer.SerializeToNode(capability.Risk, Wire.Options),
        ["approval"] = JsonSerializer.SerializeToNode(capability.Approval, Wire.Options),
        ["idempotent"] = capability.Idempotent,
        ["open_world"] = capability.OpenWorld,
        ["toolset"] = capability.Toolset,
        ["input"] = JsonNode.Parse(tool.InputSchema.GetRawText()),
    };

    private static string Sources()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Miosa.Mcp.Tests.csproj")))
            directory = directory.Parent ?? throw new InvalidOperationException("The tests do not run from their source tree.");
        return directory.FullName;
    }

    [GeneratedRegex("^[a-z][a-z0-9_]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Name();

    [GeneratedRegex("^[A-Z][a-z]+ [^<>]+[.]$", RegexOptions.NonBacktracking)]
    private static partial Regex Sentence();
}
