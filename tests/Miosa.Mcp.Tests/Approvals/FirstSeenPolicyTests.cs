using Microsoft.Extensions.Options;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>Whoever a contract is about may write its folder; nobody lifts its own limits by that.</summary>
public sealed class FirstSeenPolicyTests : IDisposable
{
    private static readonly Authority Strict = new()
    {
        Tools = ["sandbox_read_file"], Mode = ApprovalMode.Manual, Rules = [new PolicyRule { Effect = RuleEffect.Deny, Capabilities = ["sandbox.exec"] }],
    };

    private readonly TemporaryDirectory _directory = new();
    private readonly Database _database;

    public FirstSeenPolicyTests() => _database = new Database(_directory.File("miosa.db"));

    public static TheoryData<string> Ways => ["all tools named", "the policy loosened", "the rules gone", "the folder gone"];

    [Theory, MemberData(nameof(Ways))]
    public async Task What_a_contract_said_first_holds_whatever_becomes_of_its_folder(string way)
    {
        var folder = new Said { Now = Strict };
        await ForAsync(folder);

        folder.Now = way switch
        {
            "all tools named" => Strict with { Tools = ["*"] },
            "the policy loosened" => Strict with { Mode = ApprovalMode.Auto },
            "the rules gone" => Strict with { Rules = [] },
            _ => null,
        };
        // Another keeper, as after a restart of the host, which the first one told nothing.
        var policy = await ForAsync(folder);

        Assert.Contains(policy.Authorities, authority => authority is { Tools: ["sandbox_read_file"], Mode: ApprovalMode.Manual, Rules.Count: 1 });
        Assert.Equal(folder.Now is not null, policy.Looser.Count > 0);
    }

    [Fact]
    public async Task It_lifts_nothing_of_the_operators()
    {
        var policy = await ForAsync(new Said { Now = new Authority { Mode = ApprovalMode.Auto, Budget = new Budget { IsUnlimited = true } } });

        Assert.Equal((ApprovalMode.ConfirmRisky, null), (policy.Accepted!.Mode, policy.Accepted.Budget));
        Assert.NotEmpty(policy.Looser);
    }

    [Fact]
    public async Task Of_a_name_that_no_contract_knows_nothing_is_kept()
    {
        var folder = new Said { Now = new Authority { Tools = [], Permissions = [] } };
        await ForAsync(folder);

        folder.Now = Strict;

        Assert.Empty((await ForAsync(folder)).Looser);
    }

    public void Dispose()
    {
        _database.Dispose();
        _directory.Dispose();
    }

    private ValueTask<PolicyInForce> ForAsync(Said folder) =>
        new PolicyKeeper(new PolicyStore(_database), [folder], Options.Create(new ApprovalOptions()), new FakeTime())
            .ForAsync(McpHarness.Somebody with { Workspace = "acme", Agent = "ci" }, TestContext.Current.CancellationToken);

    private sealed class Said : IWorkspaceAuthority
    {
        public Authority? Now { get; set; }

        public ValueTask<Authority?> ForAsync(Caller caller, CancellationToken cancellationToken) => new(Now);
    }
}
