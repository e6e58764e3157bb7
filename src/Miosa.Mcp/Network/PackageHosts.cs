namespace Miosa.Mcp.Network;

/// <summary>
/// The registries that package managers of the usual languages fetch from. Not here: hosts on which anyone can keep
/// what they like under a name of their own (storage services, gists, pages); GitHub is, because half of all packages
/// are cloned from it.
/// </summary>
internal static class PackageHosts
{
    public static IReadOnlyList<HostPattern> All { get; } =
    [
        .. new[]
        {
            // npm, and the headers that native modules are built with
            "registry.npmjs.org", "registry.yarnpkg.com", "nodejs.org",
            // Python
            "pypi.org", "files.pythonhosted.org",
            // Debian and Ubuntu
            "deb.debian.org", "security.debian.org", "snapshot.debian.org", "archive.ubuntu.com", "security.ubuntu.com", "ports.ubuntu.com",
            // Rust
            "crates.io", "index.crates.io", "static.crates.io", "static.rust-lang.org",
            // .NET
            "api.nuget.org", "globalcdn.nuget.org",
            // Go
            "proxy.golang.org", "sum.golang.org",
            // Ruby
            "rubygems.org", "index.rubygems.org",
            // Java
            "repo.maven.apache.org", "repo1.maven.org", "plugins.gradle.org", "services.gradle.org",
            // git clone, release archives
            "github.com", "codeload.github.com", "raw.githubusercontent.com", "objects.githubusercontent.com", "release-assets.githubusercontent.com",
        }.Select(host => HostPattern.Parse(host)!),
    ];
}
