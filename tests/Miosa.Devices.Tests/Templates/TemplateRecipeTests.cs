using Miosa.Devices.Templates;

namespace Miosa.Devices.Tests.Templates;

public sealed class TemplateRecipeTests
{
    [Fact]
    public void The_same_recipe_has_the_same_hash() =>
        Assert.Equal(TemplateRecipe.Default.Hash, (TemplateRecipe.Default with { Name = "another-name" }).Hash);

    [Fact]
    public void Any_other_ingredient_makes_another_hash()
    {
        var recipe = TemplateRecipe.Default;
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
