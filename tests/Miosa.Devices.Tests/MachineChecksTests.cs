namespace Miosa.Devices.Tests;

public sealed class MachineChecksTests
{
    [Fact]
    public void A_runtime_that_was_tried_twice_in_vain_is_listed_once()
    {
        RuntimeReport[] reports = [Fails("runsc", "runsc is not installed."), Fails("runsc", "runsc is not installed.")];

        Assert.Equal([new MachineCheck("isolation strong (runsc)", CheckStatus.Degraded, "runsc is not installed.")], MachineChecks.Tier("isolation strong", reports, essential: false));
    }

    [Fact]
    public void A_runtime_that_works_only_without_limits_is_listed_once_and_says_why()
    {
        RuntimeReport[] reports =
        [
            Fails("crun", "The group could not be made."), Fails("runc", "runc is not installed."),
            new() { Name = "crun", Isolation = Isolation.Standard, Works = true, Problem = "Limits on memory are not kept." },
        ];

        Assert.Equal(
            [
                new MachineCheck("isolation standard", CheckStatus.Degraded, "crun runs containers; limits kept: none (The group could not be made.)"),
                new MachineCheck("isolation standard (runc)", CheckStatus.Degraded, "runc is not installed."),
            ],
            MachineChecks.Tier("isolation standard", reports, essential: true));
    }

    private static RuntimeReport Fails(string name, string problem) => new() { Name = name, Isolation = Isolation.Standard, Works = false, Problem = problem };
}
