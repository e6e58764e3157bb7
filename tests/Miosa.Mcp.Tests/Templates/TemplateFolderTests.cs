using Microsoft.Extensions.Logging.Abstractions;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Templates;

namespace Miosa.Mcp.Tests.Templates;

public sealed class TemplateFolderTests : IDisposable
{
    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "templates");
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Names => [.. Directory.GetDirectories(Shipped).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_starting_points_that_are_promised_come_with_the_program() =>
        Assert.Superset(new HashSet<string>(["miosa-sandbox", "nextjs", "node", "python", "static"]), Names.Select(row => (string)row.Data).ToHashSet());

    [Theory, MemberData(nameof(Names))]
    public void A_template_that_comes_with_the_program_is_right_and_says_what_it_is_for(string name)
    {
        var spec = TemplateFolder.Read(Path.Combine(Shipped, name));

        Assert.InRange(spec.Description.Length, 20, 200);
        Assert.True(spec.IsDebian || Directory.Exists(Path.Combine(Shipped, spec.Base)), $"It is built on {spec.Base}, which is not there.");
        Assert.All(spec.Services.Select(service => service.Port).OfType<int>(), port => Assert.Contains(port, spec.Ports));
    }

    [Fact]
    public void The_tree_of_files_is_copied_to_the_root_with_what_is_executable()
    {
        Write("web/template.yaml", "base: node\nfiles: [{path: /workspace/z, content: z}]");
        Write("web/files/usr/local/bin/start", "#!/bin/sh\n");
        Write("web/files/workspace/.hidden/a.txt", "a");
        File.SetUnixFileMode(Path.Combine(_directory.Path, "web/files/usr/local/bin/start"), UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var files = TemplateFolder.Read(Path.Combine(_directory.Path, "web")).Files;

        Assert.Equal(
            [("/usr/local/bin/start", true, "root"), ("/workspace/.hidden/a.txt", false, "agent"), ("/workspace/z", false, "agent")],
            files.Select(file => (file.Path, file.IsExecutable, file.Owner)));
    }

    [Fact]
    public void A_link_in_the_tree_is_refused_since_it_could_lead_anywhere()
    {
        Write("web/template.yaml", "base: node");
        Directory.CreateDirectory(Path.Combine(_directory.Path, "web/files"));
        File.CreateSymbolicLink(Path.Combine(_directory.Path, "web/files/shadow"), "/etc/shadow");

        Assert.Contains("is a link", Assert.Throws<SpecException>(() => TemplateFolder.Read(Path.Combine(_directory.Path, "web"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_linked_directory_in_the_tree_is_refused_too()
    {
        Write("web/template.yaml", "base: node");
        Directory.CreateDirectory(Path.Combine(_directory.Path, "web/files"));
        Directory.CreateSymbolicLink(Path.Combine(_directory.Path, "web/files/etc"), "/etc");

        Assert.Contains("is a link", Assert.Throws<SpecException>(() => TemplateFolder.Read(Path.Combine(_directory.Path, "web"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_operator_put_into_the_home_comes_before_what_came_with_the_program()
    {
        Write("templates/node/template.yaml", "base: miosa-sandbox\ndescription: Ours.");
        Write("templates/broken/template.yaml", "base: [");
        Write("templates/Not A Name/template.yaml", "base: node");
        var folders = new TemplateFolders(new MiosaHome(_directory.Path), NullLogger<TemplateFolders>.Instance);

        Assert.Equal(["broken", "miosa-sandbox", "nextjs", "node", "python", "static"], folders.Names());
        Assert.Equal((TemplateOrigin.Home, "Ours."), (folders.Find("node")!.Origin, folders.Find("node")!.Spec!.Description));
        Assert.Contains("line", folders.Find("broken")!.Problem, StringComparison.Ordinal);
        Assert.Null(folders.Find("absent"));
        Assert.Null(folders.Find("../templates/node"));
    }

    [Fact]
    public void The_template_of_the_sample_company_can_be_taken_from_a_company()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "workspace-template/templates/clinic-site");
        var page = File.ReadAllBytes(Path.Combine(folder, "files/workspace/public/index.html"));

        var spec = TemplateFolder.Of("clinic-site", File.ReadAllText(Path.Combine(folder, "template.yaml")), [new TreeFile("/workspace/public/index.html", page.Length, false, () => page)], isOfHost: false);

        Assert.Equal(("miosa-sandbox", "none", 8080, page), (spec.Base, spec.Egress, Assert.Single(spec.Services).Port, Assert.Single(spec.Files).Content));
    }

    [Theory]
    [InlineData("base: debian", "debian")]
    [InlineData("base: node\negress: web", "network: web")]
    [InlineData("base: node\nnode: 22", "node")]
    public void A_company_takes_no_more_by_a_template_than_by_a_call(string yaml, string why)
    {
        Assert.Contains(why, Assert.Throws<SpecException>(() => TemplateFolder.Of("web", yaml, [], isOfHost: false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_beyond_the_bounds_are_refused_before_they_are_read()
    {
        var large = new TreeFile("/workspace/large", TemplateSpecs.MostFileBytes + 1, false, () => throw new InvalidOperationException("It was read."));
        var many = Enumerable.Range(0, TemplateSpecs.MostFiles + 1).Select(i => new TreeFile($"/workspace/{i}", 0, false, () => []));

        Assert.Contains("16 MiB", Assert.Throws<SpecException>(() => TemplateFolder.Of("web", "base: node", [large], isOfHost: false)).Message, StringComparison.Ordinal);
        Assert.Contains("2000 files", Assert.Throws<SpecException>(() => TemplateFolder.Of("web", "base: node", many, isOfHost: false)).Message, StringComparison.Ordinal);
    }

    private void Write(string path, string content)
    {
        var file = Path.Combine(_directory.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}
