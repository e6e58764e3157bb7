using Miosa.Devices.Templates;

namespace Miosa.Devices.Tests.Templates;

public sealed class DebianMirrorTests
{
    [Fact]
    public void The_machines_own_mirror_is_taken_from_stanzas()
    {
        var mirror = DebianMirror.FromSources(
        [
            """
            Types: deb
            # as it was on the day of the release
            URIs: http://mirror.example/debian
            Suites: trixie trixie-updates
            Components: main contrib

            Types: deb
            URIs: http://mirror.example/debian-security
            Suites: trixie-security
            Components: main
            Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
            """,
        ]);

        Assert.Equal(new DebianMirror(new("http://mirror.example/debian"), new("http://mirror.example/debian-security")), mirror);
    }

    [Fact]
    public void The_machines_own_mirror_is_taken_from_lines()
    {
        var mirror = DebianMirror.FromSources(
        [
            "# deb http://old.example/debian bookworm main\n" +
            "deb-src http://sources.example/debian bookworm main\n" +
            "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian/ bookworm main non-free\n",
            "deb http://security.example/debian-security bookworm-security main\n",
        ]);

        Assert.Equal(new DebianMirror(new("http://mirror.example/debian/"), new("http://security.example/debian-security")), mirror);
    }

    [Theory]
    [InlineData("deb https://packages.example/apt bookworm main")]
    [InlineData("deb https://download.example/linux/debian bookworm stable")]
    [InlineData("deb https://apt.example/debian bookworm-pgdg main")]
    [InlineData("deb http://archive.ubuntu.com/ubuntu noble main")]
    [InlineData("Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\nEnabled: no")]
    [InlineData("deb nonsense")]
    [InlineData("")]
    public void What_is_not_Debians_archive_is_passed_over(string source) =>
        Assert.Equal(DebianMirror.Default, DebianMirror.FromSources([source]));

    [Fact]
    public void Security_updates_are_always_among_the_sources() =>
        Assert.Equal(
        [
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian bookworm main",
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian bookworm-updates main",
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian-security bookworm-security main",
        ], DebianMirror.FromSources(["deb http://mirror.example/debian bookworm main"]).SourcesFor("bookworm"));

    [Fact]
    public void A_machine_that_names_no_mirror_leaves_the_choice_to_mmdebstrap() =>
        Assert.Empty(DebianMirror.Default.SourcesFor("bookworm"));
}
