using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>What the tools do to the world, as a picture so that a change of it is seen.</summary>
public sealed class CapabilityTests
{
    private const string Update = "UPDATE_SNAPSHOTS";
    private static readonly JsonSerializerOptions Indented = new(Wire.Options) { WriteIndented = true };

    private static readonly Lazy<IReadOnlyList<Capability>> Product = new(() =>
    {
        var services = new ServiceCollection().AddLogging();
        Server.Product.Add(services.AddMcpServer(Server.Introduce));
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<CapabilityCatalog>().All;
    });

    [Fact]
    public void The_capabilities_are_those_that_were_accepted()
    {
        var present = new JsonArray([.. Product.Value.Select(capability => JsonSerializer.SerializeToNode(CapabilityEntry.From(capability, now: null), Wire.Options))]).ToJsonString(Indented) + "\n";
        var file = Path.Combine(Sources(), "Approvals", "capabilities.snapshot.json");
        if (Environment.GetEnvironmentVariable(Update) is "1")
            File.WriteAllText(file, present);

        Assert.True(
            File.Exists(file) && File.ReadAllText(file) == present,
            $"The capabilities differ from {Path.GetFileName(file)}; each that differs voids the grants for it. If that is meant, accept it with {Update}=1 and look at the difference before you commit it.");
    }

    [Theory]
    [InlineData("sandbox.create", """{"network":"web"}""", Marks.ExternalMessage)]
    [InlineData("sandbox.create", """{"network":"packages"}""", Marks.None)]
    [InlineData("sandbox.create", "{}", Marks.None)]
    [InlineData("sandbox.exec", """{"command":"rm -rf /"}""", Marks.None)]
    [InlineData("network.set", """{"preset":"web"}""", Marks.ExternalMessage)]
    [InlineData("network.set", """{"preset":"packages"}""", Marks.None)]
    [InlineData("network.set", """{"preset":"none","allow":[]}""", Marks.None)]
    [InlineData("network.set", """{"allow":["evil.example"]}""", Marks.ExternalMessage)]
    [InlineData("sandbox.expose", """{"access":"public"}""", Marks.Publish)]
    [InlineData("sandbox.expose", """{"access":"private"}""", Marks.None)]
    [InlineData("preview.share", "{}", Marks.Publish)]
    [InlineData("sandbox.template.create", """{"build_spec":{"egress":"WEB"}}""", Marks.ExternalMessage)]
    [InlineData("sandbox.template.create", """{"build_spec":{"egress":"packages"}}""", Marks.None)]
    public void What_a_call_does_besides_follows_from_its_arguments(string capability, string arguments, object marks) =>
        Assert.Equal((Marks)marks, Product.Value.Single(one => one.Declared.Name == capability).MarksOf(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(arguments)!));

    [Theory]
    [InlineData("sandbox.create", "allow")]
    [InlineData("sandbox.exec", "allow")]
    [InlineData("sandbox.write.file", "allow")]
    [InlineData("sandbox.expose", "allow")]
    [InlineData("sandbox.snapshot.create", "allow")]
    [InlineData("sandbox.fork", "allow")]
    [InlineData("service.create", "allow")]
    [InlineData("sandbox.delete.file", "ask")]
    [InlineData("sandbox.destroy", "ask")]
    [InlineData("sandbox.snapshot.restore", "ask")]
    [InlineData("sandbox.snapshot.delete", "ask")]
    [InlineData("sandbox.template.delete", "ask")]
    public void By_default_the_everyday_is_free_of_questions_and_what_takes_away_asks(string name, string expected) =>
        Assert.Equal(expected, CapabilityCatalog.Usually(Product.Value.Single(one => one.Declared.Name == name), McpHarness.Somebody, PolicyInForce.Of(null, null, ApprovalMode.ConfirmRisky)));

    [Fact]
    public void Two_capabilities_never_have_one_fingerprint() =>
        Assert.Equal(Product.Value.Count, Product.Value.Select(capability => capability.Fingerprint).Distinct(StringComparer.Ordinal).Count());

    [Fact]
    public void No_tool_approves() =>
        Assert.DoesNotContain(Product.Value, capability => capability.Declared.IsMutation && (capability.Declared.Name.StartsWith("approval", StringComparison.Ordinal) || capability.Declared.Name.StartsWith("grant", StringComparison.Ordinal)));

    [Fact]
    public void Only_reads_are_never_asked_about() =>
        Assert.All(Product.Value.Where(capability => capability.Declared.Approval is ApprovalClass.Never), capability => Assert.False(capability.Declared.IsMutation, capability.Declared.Name));

    private static string Sources()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Miosa.Mcp.Tests.csproj")))
            directory = directory.Parent ?? throw new InvalidOperationException("The tests do not run from their source tree.");
        return directory.FullName;
    }
}
