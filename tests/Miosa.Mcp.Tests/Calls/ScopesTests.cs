using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Tests.Calls;

/// <summary>Which scopes open which tool, written the other way round than the program has it.</summary>
public sealed class ScopesTests
{
    private const string Find = "devices:create devices:destroy devices:use sandboxes:create sandboxes:destroy sandboxes:exec sandboxes:files sandboxes:manage sandboxes:read";
    private const string ReadFiles = "devices:use sandboxes:files sandboxes:read";
    private const string ReadProcesses = "devices:use sandboxes:exec sandboxes:read";
    private const string ReadServices = "devices:use sandboxes:manage sandboxes:read";
    private const string ReadNetwork = "devices:use network:manage sandboxes:read";
    private const string WriteFiles = "devices:use sandboxes:files";
    private const string Exec = "devices:use sandboxes:exec";
    private const string Manage = "devices:use sandboxes:manage";
    private const string ReadSnapshots = "devices:use sandboxes:read snapshots:create snapshots:delete snapshots:restore snapshots:transfer";
    private const string ReadTemplates = "templates:create templates:delete templates:read";

    /// <summary>Open to all is what every scope opens, whatever else it is for.</summary>
    private const string Any = "any";

    private static readonly Dictionary<string, string> Expected = new(StringComparer.Ordinal)
    {
        ["approval.get"] = Any,
        ["approval.list"] = "approvals:read",
        ["capability.list"] = Any,
        ["receipt.get"] = "receipts:read",
        ["receipt.list"] = "receipts:read",
        ["event.list"] = "events:read",
        ["guide"] = Any,
        ["network.get"] = ReadNetwork,
        ["network.log"] = ReadNetwork,
        ["network.set"] = "network:manage",
        ["preview.list"] = "previews:share sandboxes:read",
        ["preview.revoke"] = "previews:share",
        ["preview.share"] = "previews:share",
        ["process.input"] = Exec,
        ["process.list"] = ReadProcesses,
        ["process.output"] = ReadProcesses,
        ["process.signal"] = Exec,
        ["sandbox.copy.file"] = WriteFiles,
        ["sandbox.create"] = "devices:create sandboxes:create",
        ["sandbox.delete.file"] = WriteFiles,
        ["sandbox.destroy"] = "devices:destroy sandboxes:destroy",
        ["sandbox.download"] = ReadFiles,
        ["sandbox.edit.file"] = WriteFiles,
        ["sandbox.exec"] = Exec,
        ["sandbox.expose"] = "previews:share",
        ["sandbox.extend"] = Manage,
        ["sandbox.fork"] = "devices:create sandboxes:create",
        ["sandbox.get"] = Find,
        ["sandbox.list"] = Find,
        ["sandbox.list.files"] = ReadFiles,
        ["sandbox.mkdir"] = WriteFiles,
        ["sandbox.pause"] = Manage,
        ["sandbox.python"] = Exec,
        ["sandbox.read.file"] = ReadFiles,
        ["sandbox.rename.file"] = WriteFiles,
        ["sandbox.resume"] = Manage,
        ["sandbox.search.files"] = ReadFiles,
        ["sandbox.snapshot.create"] = "devices:use snapshots:create",
        ["sandbox.snapshot.delete"] = "snapshots:delete",
        ["sandbox.snapshot.export"] = "snapshots:transfer",
        ["sandbox.snapshot.import"] = "snapshots:transfer",
        ["sandbox.snapshot.list"] = ReadSnapshots,
        ["sandbox.snapshot.restore"] = "devices:use snapshots:restore",
        ["sandbox.stat.file"] = ReadFiles,
        ["sandbox.template.create"] = "templates:create",
        ["sandbox.template.delete"] = "templates:delete",
        ["sandbox.template.get"] = ReadTemplates,
        ["sandbox.template.import"] = "templates:create",
        ["sandbox.template.list"] = ReadTemplates,
        ["sandbox.upload"] = WriteFiles,
        ["sandbox.write.file"] = WriteFiles,
        ["service.create"] = Manage,
        ["service.delete"] = Manage,
        ["service.list"] = ReadServices,
        ["service.logs"] = ReadServices,
        ["service.restart"] = Manage,
        ["service.start"] = Manage,
        ["service.stop"] = Manage,
        ["agent.get"] = "devices:set-primary workspace:read",
        ["company.get"] = "devices:set-primary workspace:read",
        ["runbook.get"] = "devices:set-primary workspace:read",
        ["skill.get"] = "devices:set-primary workspace:read",
        ["skill.list"] = "devices:set-primary workspace:read",
        ["workspace.get"] = "devices:set-primary workspace:read",
        ["workspace.validate"] = "devices:set-primary workspace:read",
        ["workspace.open"] = "devices:set-primary",
    };

    private static readonly Lazy<IReadOnlyList<CapabilityAttribute>> Product = new(() =>
    {
        var services = new ServiceCollection().AddLogging();
        Server.Product.Add(services.AddMcpServer(Server.Introduce));
        using var provider = services.BuildServiceProvider();
        return [.. provider.GetRequiredService<IOptions<McpServerOptions>>().Value.ToolCollection!.Select(tool => tool.Metadata.OfType<CapabilityAttribute>().Single())];
    });

    public static TheoryData<string> Capabilities => [.. Product.Value.Select(capability => capability.Name)];

    [Theory, MemberData(nameof(Capabilities))]
    public void A_tool_is_opened_by_the_scopes_that_name_it_and_by_no_other(string name)
    {
        Assert.True(Expected.TryGetValue(name, out var expected), $"No scope opens {name} yet. Say in Scopes which do, here the same, and in docs/reference.md.");
        var capability = Product.Value.Single(capability => capability.Name == name);

        var opening = Scopes.Known.Where(scope => scope is not Scopes.All && Scopes.Allows(Holding(scope), capability));

        Assert.Equal(expected is Any ? Scopes.Known.Where(scope => scope is not Scopes.All) : expected.Split(' ').Order(StringComparer.Ordinal), opening);
        Assert.True(Scopes.Allows(Holding(Scopes.All), capability));
        Assert.False(Scopes.Allows(Holding(), capability));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sandbox.list")]
    [InlineData("sandboxes")]
    [InlineData("sandboxes:*")]
    [InlineData("SANDBOXES:READ")]
    [InlineData("sandboxes:read ")]
    [InlineData("**")]
    public void A_scope_that_is_not_known_opens_nothing(string scope)
    {
        Assert.False(Scopes.IsKnown(scope));
        Assert.DoesNotContain(Product.Value, capability => Scopes.Allows(Holding(scope), capability));
        Assert.False(Holding(Scopes.All).May(scope));
    }

    [Fact]
    public void A_tool_that_nobody_put_under_a_scope_is_only_in_all()
    {
        var later = new CapabilityAttribute("sandbox.read.secrets", Risk.Read);

        Assert.Equal([Scopes.All], Scopes.Known.Where(scope => Scopes.Allows(Holding(scope), later)));
    }

    [Fact]
    public void One_more_scope_never_opens_less_and_opens_no_more_than_its_own()
    {
        foreach (var (one, other) in Scopes.Known.SelectMany(_ => Scopes.Known, (one, other) => (one, other)))
        {
            Assert.Equal(
                Product.Value.Where(capability => Scopes.Allows(Holding(one), capability) || Scopes.Allows(Holding(other), capability)).Select(capability => capability.Name),
                Product.Value.Where(capability => Scopes.Allows(Holding(one, other), capability)).Select(capability => capability.Name));
        }
    }

    [Fact]
    public void All_is_not_the_right_to_decide_and_no_agent_or_program_has_that_right()
    {
        var decides = Holding(Scopes.DecideApprovals);

        Assert.False(Holding(Scopes.All).May(Scopes.DecideApprovals));
        Assert.True(Holding(Scopes.All).May("sandboxes:read"));
        Assert.Equal(
            [CallerKind.Local, CallerKind.User, CallerKind.Admin],
            Enum.GetValues<CallerKind>().Where(kind => (decides with { Kind = kind }).May(Scopes.DecideApprovals)));
        Assert.DoesNotContain(Enum.GetValues<CallerKind>(), kind => (decides with { Kind = kind, Agent = "builder" }).May(Scopes.DecideApprovals));
    }

    private static Caller Holding(params IReadOnlyList<string> scopes) => new() { Principal = "key:1", Transport = Caller.Http, Scopes = scopes };
}
