using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>The decision over its whole space, against the rules as a person would say them.</summary>
public sealed class PolicyTableTests
{
    private static readonly Marks[] EachMark = [Marks.None, Marks.Spend, Marks.ExternalMessage, Marks.Publish, Marks.Credential, Marks.DeviceCreate];
    private static readonly Budget Plenty = new() { IsUnlimited = true };

    [Fact]
    public void Every_question_has_the_answer_that_the_rules_give()
    {
        var asked = 0;
        foreach (var question in Space())
        {
            asked++;
            Assert.True(Expected(question) == Word(CallPolicy.Decide(question.Question)), $"{question}: expected {Expected(question)}, got {CallPolicy.Decide(question.Question)}");
        }
        Assert.Equal(3 * 3 * 3 * 6 * 3 * 2 * 2 * 2 * 2 * 2 * 2, asked);
    }

    [Theory]
    [InlineData((int)ApprovalMode.Unknown)]
    [InlineData(17)]
    public void A_policy_that_is_not_known_refuses_everything_reads_too(int mode)
    {
        Assert.IsType<Decision.Deny>(CallPolicy.Decide(Ask(Risk.Read) with { DefaultMode = (ApprovalMode)mode }));
        Assert.IsType<Decision.Deny>(CallPolicy.Decide(Ask(Risk.Read) with { Authorities = [new Authority { Mode = (ApprovalMode)mode }] }));
    }

    [Fact]
    public void A_risk_an_approval_class_a_mark_or_a_rule_that_is_not_known_refuses()
    {
        Assert.IsType<Decision.Deny>(CallPolicy.Decide(Ask((Risk)9)));
        Assert.IsType<Decision.Deny>(CallPolicy.Decide(Ask(Risk.Write) with { Capability = new CapabilityAttribute("thing.do", Risk.Write) { Approval = (ApprovalClass)9 } }));
        Assert.IsType<Decision.Deny>(CallPolicy.Decide(Ask(Risk.Write) with { Marks = (Marks)1024 }));
        Assert.IsType<Decision.Deny>(CallPolicy.Decide(Ask(Risk.Write) with { Authorities = [new Authority { Rules = [new PolicyRule { Effect = RuleEffect.Unknown }] }] }));
        Assert.IsType<Decision.Deny>(CallPolicy.Decide(Ask(Risk.Write) with { Authorities = [new Authority { Rules = [new PolicyRule { Effect = RuleEffect.Ask, Marks = (Marks)1024 }] }] }));
    }

    [Fact]
    public void A_permission_that_is_not_known_allows_nothing() =>
        Assert.IsType<Decision.Deny>(CallPolicy.Decide(Ask(Risk.Write) with
        {
            Capability = new CapabilityAttribute("thing.do", Risk.Write) { Permission = Permissions.UseDevices },
            Authorities = [new Authority { Permissions = ["devices:everything"] }],
        }));

    [Fact]
    public void Auto_never_lifts_what_is_always_asked_about_and_no_standing_consent_does() =>
        Assert.IsType<Decision.Ask>(CallPolicy.Decide(Ask(Risk.Write) with
        {
            Capability = new CapabilityAttribute("thing.do", Risk.Write) { Approval = ApprovalClass.Always },
            DefaultMode = ApprovalMode.Auto,
            Authorities = [new Authority { Mode = ApprovalMode.Auto }],
            Grant = AGrant,
        }));

    [Fact]
    public void The_stricter_of_two_contracts_wins_whichever_comes_first()
    {
        Authority loose = new() { Mode = ApprovalMode.Auto }, strict = new() { Mode = ApprovalMode.Manual };

        Assert.IsType<Decision.Ask>(CallPolicy.Decide(Ask(Risk.Write) with { Authorities = [loose, strict] }));
        Assert.IsType<Decision.Ask>(CallPolicy.Decide(Ask(Risk.Write) with { Authorities = [strict, loose] }));
        Assert.IsType<Decision.Allow>(CallPolicy.Decide(Ask(Risk.Write) with { Authorities = [loose, loose] }));
    }

    [Theory]
    [InlineData(null, false, 5.0, 0, false)]
    [InlineData(0.0, false, 5.0, 0, false)]
    [InlineData(5.0, false, 5.0, 0, true)]
    [InlineData(5.0, false, 5.01, 0, false)]
    [InlineData(10.0, false, 5.0, 5, true)]
    [InlineData(10.0, false, 5.0, 6, false)]
    [InlineData(10.0, false, double.NaN, 0, false)]
    [InlineData(10.0, false, -1.0, 0, false)]
    [InlineData(null, true, double.NaN, 1_000_000, true)]
    public void What_costs_needs_a_budget_that_covers_it(double? monthly, bool isUnlimited, double cost, int spent, bool isCovered)
    {
        var decision = CallPolicy.Decide(Ask(Risk.Write) with
        {
            Capability = new CapabilityAttribute("thing.buy", Risk.Write) { Marks = Marks.Spend, CostUsd = cost },
            Marks = Marks.Spend,
            SpentUsd = spent,
            Authorities = [new Authority { Mode = ApprovalMode.Auto, Budget = new Budget { MonthlyUsd = (decimal?)monthly, IsUnlimited = isUnlimited } }],
        });

        Assert.Equal(isCovered ? "allow" : "deny", Word(decision));
    }

    [Fact]
    public void Without_a_budget_nothing_is_spent_whatever_the_policy() =>
        Assert.IsType<Decision.Deny>(CallPolicy.Decide(Ask(Risk.Write) with { Marks = Marks.Spend, DefaultMode = ApprovalMode.Auto, IsApproved = true, Authorities = [new Authority()] }));

    [Fact]
    public void One_more_rule_never_loosens() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000),
        Prop.ForAll(Questions().ToArbitrary(), Rules().ToArbitrary(), (question, rule) =>
        {
            var more = question with { Authorities = [.. question.Authorities.SkipLast(1), question.Authorities[^1] with { Rules = [.. question.Authorities[^1].Rules, rule] }] };
            return Strictness(CallPolicy.Decide(more)) >= Strictness(CallPolicy.Decide(question));
        }));

    [Fact]
    public void One_more_contract_never_loosens() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000),
        Prop.ForAll(Questions().ToArbitrary(), Authorities().ToArbitrary(), (question, authority) =>
            Strictness(CallPolicy.Decide(question with { Authorities = [.. question.Authorities, authority] })) >= Strictness(CallPolicy.Decide(question))));

    [Fact]
    public void A_person_s_word_answers_questions_and_lifts_no_refusal() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000),
        Prop.ForAll(Questions().ToArbitrary(), question =>
        {
            var without = CallPolicy.Decide(question with { IsApproved = false, Grant = null });
            return Word(CallPolicy.Decide(question with { IsApproved = true })) == (without is Decision.Deny ? "deny" : "allow")
                && (without is not Decision.Deny || CallPolicy.Decide(question with { Grant = AGrant }) is Decision.Deny);
        }));

    [Fact]
    public void Whatever_is_refused_or_asked_about_says_why() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000),
        Prop.ForAll(Questions().ToArbitrary(), question => CallPolicy.Decide(question) switch
        {
            Decision.Deny(var reasons) => reasons.Count > 0,
            Decision.Ask(var reasons) => reasons.Count > 0,
            _ => true,
        }));

    private static Grant AGrant { get; } = new()
    {
        Id = "grant_1", Workspace = "default", Capability = "thing.do", Fingerprint = "", Principal = "p", Until = DateTimeOffset.MaxValue, CreatedBy = "person", CreatedAt = DateTimeOffset.MinValue,
    };

    private static Question Ask(Risk risk) => new() { Capability = new CapabilityAttribute("thing.do", risk), Marks = Marks.None, InScope = true, DefaultMode = ApprovalMode.Auto };

    /// <summary>The rules once more, said otherwise: first what forbids, then what asks.</summary>
    private static string Expected(Case it)
    {
        var forbids = (it.ReadOnly && it.Risk is not Risk.Read) || !it.InScope || !it.Named || !it.Permitted || it.Rule is RuleEffect.Deny;
        var asks = it.Approval is ApprovalClass.Always || it.Rule is RuleEffect.Ask
            || (it.Mode is ApprovalMode.Manual && (it.Risk is not Risk.Read || it.Mark is not Marks.None))
            || (it.Mode is ApprovalMode.ConfirmRisky && (it.Risk is Risk.Destructive || it.Mark is not Marks.None));
        return forbids ? "deny" : !asks || it.Approved || (it.Granted && it.Approval is not ApprovalClass.Always) ? "allow" : "ask";
    }

    private static IEnumerable<Case> Space() =>
        from risk in Enum.GetValues<Risk>()
        from approval in Enum.GetValues<ApprovalClass>()
        from mode in (ApprovalMode[])[ApprovalMode.Auto, ApprovalMode.ConfirmRisky, ApprovalMode.Manual]
        from mark in EachMark
        from rule in (RuleEffect?[])[null, RuleEffect.Ask, RuleEffect.Deny]
        from permitted in Both
        from named in Both
        from inScope in Both
        from readOnly in Both
        from approved in Both
        from granted in Both
        select new Case(risk, approval, mode, mark, rule, permitted, named, inScope, readOnly, approved, granted);

    private static bool[] Both => [false, true];

    private static Gen<Question> Questions() =>
        from risk in Gen.Elements(Enum.GetValues<Risk>())
        from approval in Gen.Elements(Enum.GetValues<ApprovalClass>())
        from mark in Gen.Elements(EachMark)
        from mode in Gen.Elements(Enum.GetValues<ApprovalMode>())
        from authorities in Authorities().NonEmptyListOf()
        from readOnly in Gen.Elements(Both)
        from granted in Gen.Elements(Both)
        select new Question
        {
            Capability = new CapabilityAttribute("thing.do", risk) { Approval = approval, Permission = Permissions.UseDevices, CostUsd = 1 },
            Marks = mark,
            InScope = true,
            ReadOnly = readOnly,
            DefaultMode = mode,
            Authorities = [.. authorities],
            Grant = granted ? AGrant : null,
        };

    private static Gen<Authority> Authorities() =>
        from mode in Gen.Elements<ApprovalMode?>(null, ApprovalMode.Auto, ApprovalMode.ConfirmRisky, ApprovalMode.Manual, ApprovalMode.Unknown)
        from tools in Gen.Elements<IReadOnlyList<string>?>(null, [], ["*"], ["thing_*"], ["other_do"])
        from permissions in Gen.Elements<IReadOnlyList<string>?>(null, [], [Permissions.All], [Permissions.UseDevices], [Permissions.CreateDevices])
        from rules in Rules().ListOf()
        from budget in Gen.Elements<Budget?>(null, Plenty, new Budget { MonthlyUsd = 1 })
        select new Authority { Mode = mode, Tools = tools, Permissions = permissions, Rules = [.. rules], Budget = budget };

    private static Gen<PolicyRule> Rules() =>
        from effect in Gen.Elements(Enum.GetValues<RuleEffect>())
        from capabilities in Gen.Elements<IReadOnlyList<string>>([], ["thing.*"], ["other.*"], ["thing.do"])
        from marks in Gen.Elements(EachMark)
        select new PolicyRule { Effect = effect, Capabilities = capabilities, Marks = marks };

    private static int Strictness(Decision decision) => decision switch { Decision.Allow => 0, Decision.Ask => 1, _ => 2 };

    private static string Word(Decision decision) => decision switch { Decision.Allow => "allow", Decision.Ask => "ask", _ => "deny" };

    private sealed record Case(
        Risk Risk, ApprovalClass Approval, ApprovalMode Mode, Marks Mark, RuleEffect? Rule, bool Permitted, bool Named, bool InScope, bool ReadOnly, bool Approved, bool Granted)
    {
        public Question Question => new()
        {
            Capability = new CapabilityAttribute("thing.do", Risk) { Approval = Approval, Permission = Permissions.UseDevices },
            Marks = Mark,
            InScope = InScope,
            ReadOnly = ReadOnly,
            DefaultMode = Mode,
            IsApproved = Approved,
            Grant = Granted ? AGrant : null,
            Authorities =
            [
                new Authority
                {
                    Tools = Named ? ["thing_*"] : ["other_*"],
                    Permissions = Permitted ? [Permissions.UseDevices] : [],
                    Rules = Rule is { } effect ? [new PolicyRule { Effect = effect }] : [],
                    Budget = Plenty,
                },
            ],
        };
    }
}
