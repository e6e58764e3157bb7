namespace Miosa.Devices.Tests.Launcher;

public sealed class LauncherTests : IDisposable
{
    private readonly LaunchedTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task Words_reach_the_program_as_they_were_typed()
    {
        var launch = await _tree.RunAsync("mcp", "--workspace", "my company", "*", "");

        Assert.Equal("mcp\n--workspace\nmy company\n*\n\n", launch.Output);
    }

    [Fact]
    public async Task An_unchanged_tree_is_built_once_and_is_quiet_from_then_on()
    {
        await _tree.RunAsync("status");

        var second = await _tree.RunAsync("status");

        Assert.Equal(new Launch(0, "status\n", ""), second);
        Assert.Single(_tree.Calls);
    }

    [Fact]
    public async Task A_changed_source_is_built_again()
    {
        await _tree.RunAsync("status");
        _tree.Write("src/Program.cs", "return 1;");

        await _tree.RunAsync("status");

        Assert.Equal(2, _tree.Calls.Count);
    }

    [Fact]
    public async Task A_source_that_went_away_is_noticed()
    {
        _tree.Write("src/Feature/Other.cs", "");
        await _tree.RunAsync("status");
        File.Delete(Path.Combine(_tree.Tree, "src/Feature/Other.cs"));

        await _tree.RunAsync("status");

        Assert.Equal(2, _tree.Calls.Count);
    }

    [Fact]
    public async Task A_source_that_was_only_touched_is_not_built_again()
    {
        await _tree.RunAsync("status");
        _tree.Write("src/Program.cs", "return 0;");
        _tree.Write("src/obj/project.assets.json", "{}");

        await _tree.RunAsync("status");

        Assert.Single(_tree.Calls);
    }

    [Fact]
    public async Task Going_back_to_sources_that_were_built_before_builds_nothing()
    {
        await _tree.RunAsync("status");
        _tree.Write("src/Program.cs", "return 1;");
        await _tree.RunAsync("status");
        _tree.Write("src/Program.cs", "return 0;");

        await _tree.RunAsync("status");

        Assert.Equal(2, _tree.Calls.Count);
    }

    [Fact]
    public async Task Ten_launches_at_once_build_once()
    {
        var launches = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _tree.RunAsync("status")));

        Assert.All(launches, launch => Assert.Equal((0, "status\n"), (launch.ExitCode, launch.Output)));
        Assert.Single(_tree.Calls);
    }

    [Fact]
    public async Task A_build_that_fails_shows_why_and_leaves_nothing_that_could_be_started()
    {
        _tree.Program("dotnet.broken", "");

        var launch = await _tree.RunAsync("status");

        Assert.Equal((1, ""), (launch.ExitCode, launch.Output));
        Assert.Contains("error CS1002", launch.Error, StringComparison.Ordinal);
        Assert.EndsWith("miosa: the build failed\n", launch.Error, StringComparison.Ordinal);

        _tree.Remove("dotnet.broken");
        Assert.Equal("status\n", (await _tree.RunAsync("status")).Output);
    }

    [Fact]
    public async Task A_machine_without_the_right_SDK_is_told_which_one_in_one_line()
    {
        _tree.Program("dotnet.wrong", "");

        var launch = await _tree.RunAsync("serve");

        Assert.Equal(new Launch(1, "",
            "miosa: the .NET 10 SDK is needed, this machine has: 8.0.100; see https://learn.microsoft.com/dotnet/core/install/linux\n"), launch);
    }

    [Fact]
    public async Task What_is_missing_is_named_with_its_reason_and_installed()
    {
        _tree.Remove("crun");

        var launch = await _tree.RunAsync("serve");

        Assert.StartsWith("miosa: missing: crun (runs the sandboxes)\n", launch.Error, StringComparison.Ordinal);
        Assert.Equal("apt-get -o DPkg::Lock::Timeout=120 install --yes --no-install-recommends crun", _tree.Calls[0]);
        Assert.Equal("serve\n", launch.Output);
    }

    [Fact]
    public async Task The_package_lists_are_fetched_only_when_a_package_was_not_found()
    {
        _tree.Remove("crun");
        _tree.Program("apt-get", "echo \"apt-get $*\" >>\"$(dirname \"$0\")/../calls\"; case $1 in update) : >\"$0.updated\" ;; *) [ -e \"$0.updated\" ] ;; esac");

        await _tree.RunAsync("serve");

        Assert.Equal(["-o", "update", "-o"], _tree.Calls.Take(3).Select(call => call.Split(' ')[1]));
    }

    [Fact]
    public async Task Without_root_the_one_line_to_run_is_printed()
    {
        _tree.Program("id", "echo 1000");
        _tree.Remove("crun");
        _tree.Remove("mmdebstrap");

        var launch = await _tree.RunAsync("serve");

        Assert.Equal(1, launch.ExitCode);
        Assert.EndsWith("sudo apt-get update && sudo apt-get install --yes --no-install-recommends crun mmdebstrap\n", launch.Error, StringComparison.Ordinal);
        Assert.Empty(_tree.Calls);
    }

    [Fact]
    public async Task Another_distribution_is_told_what_to_bring()
    {
        _tree.Remove("apt-get");
        _tree.Remove("crun");

        var launch = await _tree.RunAsync("serve");

        Assert.Equal(new Launch(1, "",
            "miosa: this is not Debian or Ubuntu; install what brings these, then try again:\ncrun (runs the sandboxes)\n"), launch);
    }
}
