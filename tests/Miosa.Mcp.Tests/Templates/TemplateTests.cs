using Miosa.Mcp.Calls;
using Miosa.Mcp.Templates;

namespace Miosa.Mcp.Tests.Templates;

public sealed class TemplateTests
{
    private static readonly Template System = new() { Spec = new TemplateSpec { Name = "system", Base = TemplateSpec.Debian, Packages = ["git"] }, Origin = TemplateOrigin.Builtin };
    private static readonly TemplateSpec Spec = new() { Name = "web", Base = "system", Packages = ["jq"], Commands = [new SpecCommand("true", "agent", 60)], Files = [new SpecFile("/a", [1], false)] };

    [Fact]
    public void What_is_built_the_same_is_kept_under_the_same_key() =>
        Assert.Equal(On(System, Spec).Key, On(System, Spec with { Packages = ["jq"], Files = [new SpecFile("/a", [1], false)] }).Key);

    [Fact]
    public void What_only_its_sandboxes_get_builds_nothing_anew() =>
        Assert.Equal(
            On(System, Spec).Key,
            On(System, Spec with { Description = "d", Ports = [80], Egress = "web", Size = "xl", Services = [new SpecService { Name = "s", Command = "c" }] }).Key);

    [Fact]
    public void Any_other_ingredient_is_kept_under_another_key()
    {
        Template[] others =
        [
            On(System, Spec),
            On(System with { Spec = System.Spec with { Packages = ["curl"] } }, Spec),
            On(System, Spec with { Packages = ["jq", "curl"] }),
            On(System, Spec with { Npm = ["vite"] }),
            On(System, Spec with { Files = [new SpecFile("/b", [1], false)] }),
            On(System, Spec with { Files = [new SpecFile("/a", [2], false)] }),
            On(System, Spec with { Files = [new SpecFile("/a", [1], true)] }),
            On(System, Spec with { Commands = [new SpecCommand("false", "agent", 60)] }),
            On(System, Spec with { Commands = [new SpecCommand("true", "root", 60)] }),
            On(On(System, Spec with { Name = "middle" }), Spec),
        ];

        Assert.Equal(others.Length, others.Select(other => other.Key).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void A_change_below_reaches_all_that_stands_on_it()
    {
        Template Top(Template below) => On(On(below, Spec with { Name = "middle" }), Spec with { Name = "top", Base = "middle" });

        Assert.NotEqual(Top(System).Key, Top(System with { Spec = System.Spec with { Node = 22 } }).Key);
    }

    [Fact]
    public void One_that_adds_nothing_is_its_base() =>
        Assert.Equal(System.Key, On(System, new TemplateSpec { Name = "static", Base = "system", Ports = [8080] }).Key);

    [Fact]
    public void Two_workspaces_never_share_what_they_build()
    {
        Template Of(string workspace) => On(System, Spec) with
        {
            Row = new TemplateRow { Id = Ids.New("tpl", TimeProvider.System), Workspace = workspace, Principal = "p", Origin = TemplateOrigin.Spec, Spec = Spec, CreatedAt = DateTimeOffset.UnixEpoch },
        };

        Assert.NotEqual(Of("a").Key, Of("b").Key);
        Assert.False(Of("a").Owns(Of("b").Key));
    }

    private static Template On(Template below, TemplateSpec spec) => new() { Spec = spec, Origin = TemplateOrigin.Builtin, Base = below };
}
