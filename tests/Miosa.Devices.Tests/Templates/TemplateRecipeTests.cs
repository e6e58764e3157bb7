using Miosa.Devices.Templates;

namespace Miosa.Devices.Tests.Templates;

public sealed class TemplateRecipeTests
{
    private static readonly TemplateRecipe _recipe = new() { Name = "one", Packages = ["curl", "git"], Node = new NodeVersions("22", "10") };

    [Fact]
    public void The_same_recipe_has_the_same_hash() =>
        Assert.Equal(_recipe.Hash, (_recipe with { Name = "another-name" }).Hash);

    [Fact]
    public void Any_other_ingredient_makes_another_hash()
    {
        var recipe = _recipe;
        TemplateRecipe[] others =
        [
            recipe,
            recipe with { Suite = "trixie" },
            recipe with { Packages = [.. recipe.Packages, "htop"] },
            recipe with { Node = null },
            recipe with { Node = new NodeVersions("24", "10") },
            recipe with { Files = [.. recipe.Files, new("etc/motd", "hello\n")] },
            recipe with { Files = [.. recipe.Files, new("etc/motd", "hello\n", Owner: TemplateFileOwner.Agent)] },
        ];

        Assert.Equal(others.Length, others.Select(other => other.Hash).Distinct(StringComparer.Ordinal).Count());
    }
}
