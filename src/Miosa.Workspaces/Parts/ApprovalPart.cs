using System.Globalization;
using Miosa.Workspaces.Reading;

namespace Miosa.Workspaces.Parts;

/// <summary>Reads what a person is asked about. What cannot be read asks for more, never for less.</summary>
internal static class ApprovalPart
{
    private static readonly string[] Marks = ["read", "write", "destructive", "spend", "external_message", "publish", "credential", "device_create"];
    private const int MostRules = 500;

    public static ApprovalPolicy Read(PartContext file, Fields company)
    {
        var policy = company.Take("approvals", "approval_policy", "approval") is { } entry ? Policy(file, entry) : new ApprovalPolicy();
        return file.Problems.IsDamaged ? policy with { Mode = ApprovalMode.Manual } : policy;
    }

    private static ApprovalPolicy Policy(PartContext file, YamlEntry entry)
    {
        switch (entry.Value)
        {
            case YamlNode.Scalar { IsNull: true }:
                return new ApprovalPolicy();
            case YamlNode.Scalar word:
                return new ApprovalPolicy { Mode = Mode(file, word) };
            case YamlNode.Sequence rules:
                return new ApprovalPolicy { Rules = Rules(file, rules) };
            case YamlNode.Map map:
                var fields = new Fields(map, file.Problems);
                var policy = new ApprovalPolicy();
                if (fields.Take("mode", "policy", "default") is { Value: YamlNode.Scalar { IsNull: false } mode })
                    policy = policy with { Mode = Mode(file, mode) };
                if (fields.Take("rules", "exceptions") is { } listed)
                {
                    if (listed.Value is YamlNode.Sequence list)
                        policy = policy with { Rules = Rules(file, list) };
                    else if (listed.Value is not YamlNode.Scalar { IsNull: true })
                    {
                        file.Problems.Error(Codes.BadApprovalRule, listed.Value.At, "the rules are no list, so everything is asked about.", "write a list: `- deny: [deployment_delete]`.");
                        policy = policy with { Mode = ApprovalMode.Manual };
                    }
                }
                if (fields.Rest().Fields.Count > 0)
                {
                    file.Problems.Error(Codes.BadApprovalRule, map.At, "the approvals have fields that mean nothing here, so everything is asked about.", "write `mode:` and `rules:` only.");
                    policy = policy with { Mode = ApprovalMode.Manual };
                }
                return policy;
            default:
                return new ApprovalPolicy { Mode = ApprovalMode.Manual };
        }
    }

    private static ApprovalMode Mode(PartContext file, YamlNode.Scalar word)
    {
        switch (Fields.Plain(word.Value.Trim()))
        {
            case "auto": return ApprovalMode.Auto;
            case "confirmrisky": return ApprovalMode.ConfirmRisky;
            case "manual": return ApprovalMode.Manual;
            default:
                file.Problems.Error(Codes.UnknownApprovalMode, word.At, $"{Quote.Of(word.Value)} is no approval policy; it counts as `manual`.", "write auto, confirm-risky or manual.");
                return ApprovalMode.Manual;
        }
    }

    private static List<ApprovalRule> Rules(PartContext file, YamlNode.Sequence list)
    {
        List<ApprovalRule> rules = [];
        foreach (var item in list.Items)
        {
            if (rules.Count >= MostRules)
            {
                rules.Add(Unreadable(file, item, "there are too many rules"));
                break;
            }
            rules.Add(item is YamlNode.Map map ? Rule(file, map) : Unreadable(file, item, "this is no rule"));
        }
        return rules;
    }

    private static ApprovalRule Rule(PartContext file, YamlNode.Map map)
    {
        var fields = new Fields(map, file.Problems);
        var isSound = true;
        List<string> tools = [];
        ApprovalEffect? effect = null;
        if (fields.Take("effect", "say", "then", "decision") is { } said)
            effect = Effect(file, said);
        foreach (var (name, means) in (ReadOnlySpan<(string, ApprovalEffect)>)[("deny", ApprovalEffect.Deny), ("ask", ApprovalEffect.Ask), ("allow", ApprovalEffect.Allow)])
        {
            if (fields.Take(name) is not { } brief)
                continue;
            effect = effect is null || means > effect ? means : effect;
            tools.AddRange(Listed(fields, brief, ref isSound));
        }
        foreach (var name in (ReadOnlySpan<string>)["tools", "tool", "capabilities", "capability"])
        {
            if (fields.Take(name) is { } named)
                tools.AddRange(Listed(fields, named, ref isSound));
        }
        IReadOnlyList<string> agents = fields.Take("agents", "agent") is { } who ? Listed(fields, who, ref isSound) : [];
        IReadOnlyList<string> marks = fields.Take("marks", "mark", "risk", "risks") is { } marked ? [.. Listed(fields, marked, ref isSound).Select(mark => mark.ToLowerInvariant().Replace('-', '_'))] : [];
        foreach (var mark in marks.Where(mark => !Marks.Contains(mark)))
        {
            file.Problems.Error(Codes.UnknownMark, map.At, $"{Quote.Of(mark)} is no mark of risk.", $"write one of {string.Join(", ", Marks)}.");
            isSound = false;
        }
        var limits = Limits(file, fields.Map("limits", "within"), ref isSound);
        var reason = fields.Text("reason", "why", "because", "description");
        fields.Text("name", "id");
        // A condition that nobody understands must not be taken for "always".
        isSound &= fields.Rest().Fields.Count is 0;
        if (effect is null)
            return Unreadable(file, map, "the rule says neither ask nor deny nor allow");
        if (effect is ApprovalEffect.Allow && tools.Count is 0 && agents.Count is 0 && marks.Count is 0)
            return Unreadable(file, map, "the rule allows everything to everybody");
        foreach (var tool in tools.Where(ToolPattern.IsNarrowed))
            file.Problems.Warning(Codes.BadToolName, map.At, $"{Quote.Of(tool)} is narrower than a tool; that cannot be held to here, so the rule {(effect is ApprovalEffect.Allow ? "allows nothing by it" : "is about the whole tool")}.", "name the whole tool.");
        // An allow that cannot be read in full asks, so it too is about the whole tool.
        if (effect is not ApprovalEffect.Allow || !isSound)
            tools = tools.ConvertAll(ToolPattern.Whole);
        if (!isSound && effect is not ApprovalEffect.Deny)
            return Unreadable(file, map, "the rule has a part that means nothing here") with { Tools = effect is ApprovalEffect.Allow ? tools : [] };
        if (!isSound)
            file.Problems.Error(Codes.BadApprovalRule, map.At, "the rule has a part that means nothing here; it denies without it.", "use tools, agents, marks and limits only.");
        return new ApprovalRule { Effect = effect.Value, Tools = tools, Agents = agents, Marks = isSound ? marks : [], Limits = limits, Reason = reason, Line = file.Source.Locate(map.At).Line };
    }

    private static ApprovalRule Unreadable(PartContext file, YamlNode node, string why)
    {
        file.Problems.Error(Codes.BadApprovalRule, node.At, $"{why}; what it is about is asked until it is mended.", "write one like `- ask: [sandbox_destroy]`, or with effect, tools, agents, marks and limits.");
        return new ApprovalRule { Effect = ApprovalEffect.Ask, Line = file.Source.Locate(node.At).Line, Reason = "The rule in the company file cannot be read." };
    }

    private static ApprovalEffect Effect(PartContext file, YamlEntry entry)
    {
        switch (entry.Value is YamlNode.Scalar word ? Fields.Plain(word.Value.Trim()) : "")
        {
            case "ask" or "confirm" or "approve": return ApprovalEffect.Ask;
            case "deny" or "never" or "refuse": return ApprovalEffect.Deny;
            case "allow" or "allowwithlimits": return ApprovalEffect.Allow;
            default:
                file.Problems.Error(Codes.BadApprovalRule, entry.Value.At, "this says neither ask nor deny nor allow; it counts as deny.", "write ask, deny or allow.");
                return ApprovalEffect.Deny;
        }
    }

    private static IReadOnlyList<string> Listed(Fields fields, YamlEntry entry, ref bool isSound)
    {
        var words = fields.WordsOf(entry);
        // An empty list would fit everything, and one that was read in part too little.
        isSound &= words.Count > 0 && (entry.Value is not YamlNode.Sequence list || list.Items.Count == words.Count);
        return words;
    }

    private static ApprovalLimits Limits(PartContext file, Fields? fields, ref bool isSound)
    {
        if (fields is null)
            return new ApprovalLimits();
        var limits = new ApprovalLimits { Per = BudgetPart.Period(file, fields.Take("per", "period")) };
        if (fields.Take("max_cost", "cost", "max_usd") is { } cost)
        {
            var amount = cost.Value is YamlNode.Scalar { IsNull: false } text ? BudgetPart.Amount(text.Value) : null;
            isSound &= amount is not null;
            limits = limits with { MaxCost = amount ?? 0 };
        }
        if (fields.Take("max_uses", "uses") is { } uses)
        {
            var count = uses.Value is YamlNode.Scalar text && int.TryParse(text.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : (int?)null;
            isSound &= count is not null;
            limits = limits with { MaxUses = count ?? 0 };
        }
        if (fields.Map("arguments", "args") is { } arguments)
        {
            Dictionary<string, IReadOnlyList<string>> values = new(StringComparer.Ordinal);
            foreach (var entry in arguments.All)
                values[entry.Key.Value] = Listed(arguments, entry, ref isSound);
            limits = limits with { Arguments = values };
        }
        isSound &= fields.Rest().Fields.Count is 0;
        return limits;
    }
}
