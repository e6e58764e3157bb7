using System.Text;
using System.Text.Json.Nodes;
using Miosa.Mcp.Templates;

namespace Miosa.Mcp.Tests.Templates;

public sealed class TemplateSpecsTests
{
    [Fact]
    public void Everything_a_template_may_say_is_read()
    {
        var spec = FromYaml("""
            name: web
            description: A web app.
            base: node
            packages: [ffmpeg, libssl-dev]
            npm: ["typescript", "@scope/tool@^2.1"]
            files:
              - path: /workspace/start.sh
                content: |
                  #!/bin/sh
                  echo started
                mode: "0755"
            commands:
              - npm install
              - run: ldconfig
                user: root
                timeout_sec: 30
            services:
              - name: web
                command: npm start
                port: 3000
                restart_policy: on-failure
                health: /health
                env: {NODE_ENV: production}
            ports: [3000, 9229]
            egress: packages
            size: medium
            """);

        Assert.Equal(("web", "A web app.", "node", "packages", "medium"), (spec.Name, spec.Description, spec.Base, spec.Egress, spec.Size));
        Assert.Equal(["ffmpeg", "libssl-dev"], spec.Packages);
        Assert.Equal(["typescript", "@scope/tool@^2.1"], spec.Npm);
        var file = Assert.Single(spec.Files);
        Assert.Equal(("/workspace/start.sh", "#!/bin/sh\necho started\n", true, "agent"), (file.Path, Encoding.UTF8.GetString(file.Content), file.IsExecutable, file.Owner));
        Assert.Equal([new SpecCommand("npm install", "agent", 600), new SpecCommand("ldconfig", "root", 30)], spec.Commands);
        Assert.Equivalent(
            new SpecService { Name = "web", Command = "npm start", Port = 3000, RestartPolicy = "on-failure", HealthPath = "/health", Env = new Dictionary<string, string> { ["NODE_ENV"] = "production" } },
            Assert.Single(spec.Services), strict: true);
        Assert.Equal([3000, 9229], spec.Ports);
    }

    [Fact]
    public void The_same_is_read_from_JSON_as_from_YAML()
    {
        var json = JsonNode.Parse("""{"base":"python","packages":["jq"],"commands":["true",{"run":"id","user":"root"}],"ports":[80],"services":[{"name":"a","command":"b","port":80}]}""")!.AsObject();

        var spec = TemplateSpecs.Read("web", JsonSpec.Read("build_spec", json), mayBeDebian: false);

        Assert.Equivalent(FromYaml("base: python\npackages: [jq]\ncommands: ['true', {run: id, user: root}]\nports: [80]\nservices: [{name: a, command: b, port: 80}]"), spec, strict: true);
    }

    [Theory]
    [InlineData("packges: [jq]", "line 1: `packges` is no field of a template; did you mean `packages`?")]
    [InlineData("packages: jq", "line 1: `packages` is a single value; it takes a list.")]
    [InlineData("packages:\n  - jq\n  - 'jq; reboot'", "line 3: `packages` is `jq; reboot`; it takes names of Debian packages")]
    [InlineData("packages: ['-o=APT::x']", "it takes names of Debian packages")]
    [InlineData("npm: ['git+https://example.com/x']", "it takes names of npm packages")]
    [InlineData("npm: ['--global-style']", "it takes names of npm packages")]
    [InlineData("packages: [\"jq\\n\"]", "it takes names of Debian packages")]
    [InlineData("base: \"node\\n\"", "a template's name has")]
    [InlineData("ports: [70000]", "line 1: `ports` is `70000`; it takes a whole number from 1 to 65535.")]
    [InlineData("size: huge", "it takes xs, small, medium, large, xl.")]
    [InlineData("egress: all", "it takes none, packages, web.")]
    [InlineData("base: Web App", "1 to 40 small letters")]
    [InlineData("base: web", "`base` names the template itself.")]
    [InlineData("name: other", "but this is the template `web`")]
    [InlineData("base: debian\ncommands: [id]", "takes only `packages` and `node`")]
    [InlineData("base: node\nnode: 22", "`node` goes with `base: debian`")]
    [InlineData("base: node\nfiles: [{path: ../etc/passwd, content: x}]", "it takes an absolute path")]
    [InlineData("base: node\nfiles: [{path: /a/../../b, content: x}]", "it takes an absolute path")]
    [InlineData("base: node\nfiles: [{path: /proc/x, content: x}]", "/proc is not kept in a template")]
    [InlineData("base: node\nfiles: [{path: /a}]", "a file takes `path` and `content`")]
    [InlineData("base: node\ncommands: [{user: root}]", "a command is a line for the shell, or has the field `run`")]
    [InlineData("base: node\ncommands: [{run: id, user: somebody}]", "it takes agent, root.")]
    [InlineData("services: [{name: a}]", "a service takes `command`.")]
    [InlineData("services: [{name: a, command: b, health: /}]", "takes a `port` too")]
    [InlineData("services: [{name: a, command: b}, {name: a, command: c}]", "two services are named `a`")]
    [InlineData("- a\n- b", "line 1: a template is a list; it takes the fields")]
    public void What_is_wrong_is_told_with_its_place_and_what_is_allowed(string yaml, string told) =>
        Assert.Contains(told, Assert.Throws<SpecException>(() => FromYaml(yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public void All_problems_are_told_at_once_but_not_without_end()
    {
        var problems = Assert.Throws<SpecException>(() => FromYaml(string.Join('\n', Enumerable.Range(0, 50).Select(number => $"unknown-field-{number}: 1")))).Problems;

        Assert.Equal(8, problems.Count);
    }

    [Fact]
    public void A_caller_cannot_have_this_machine_build_a_system_of_packages() =>
        Assert.Contains(
            "only templates in this host's own folders",
            Assert.Throws<SpecException>(() => TemplateSpecs.Read("web", JsonSpec.Read("build_spec", JsonNode.Parse("""{"base":"debian"}""")!.AsObject()), mayBeDebian: false)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_place_in_JSON_is_told_by_its_path()
    {
        var json = JsonNode.Parse("""{"services":[{"name":"a","command":"b"},{"name":"c","command":"d","port":0}]}""")!.AsObject();

        Assert.StartsWith("build_spec.services[1].port: ", Assert.Throws<SpecException>(() => TemplateSpecs.Read("web", JsonSpec.Read("build_spec", json), mayBeDebian: false)).Message, StringComparison.Ordinal);
    }

    private static TemplateSpec FromYaml(string yaml) => TemplateSpecs.Read("web", YamlSpec.Read(yaml), mayBeDebian: true);
}
