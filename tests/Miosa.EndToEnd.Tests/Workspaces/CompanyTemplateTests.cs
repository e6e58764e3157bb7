using System.Text.Json.Nodes;
using static Miosa.EndToEnd.Tests.Snapshots.ForkTests;

namespace Miosa.EndToEnd.Tests.Workspaces;

/// <summary>Templates that a company keeps in its own folder: real builds, and what those who work in the folder may not do by them.</summary>
public sealed class CompanyTemplateTests(SharedHost host)
{
    private const string Spec = "base: miosa-sandbox\\ndescription: What the shop is made in.\\n";

    [Fact]
    public async Task A_template_in_the_folder_is_built_when_it_is_needed_and_again_after_an_edit_and_gone_with_its_folder()
    {
        await using var client = await ConnectAsync();
        var folder = (string)(await client.CallAsync("workspace_open", new { }))["sandbox_id"]!;
        await ShellAsync(client, folder, "mkdir -p templates/shop/files/usr/local/bin templates/shop/files/workspace && printf '#!/bin/sh\\necho open\\n' > templates/shop/files/usr/local/bin/shop"
            + " && chmod +x templates/shop/files/usr/local/bin/shop && echo shelf > templates/shop/files/workspace/stock.txt");
        await ShellAsync(client, folder, $"printf '{Spec}' > templates/shop/template.yaml");

        var listed = await UntilAsync(client, "shop", row => row is not null);
        var first = await CreateAsync(client, "shop");
        Assert.Equal(("company", "not_built", "What the shop is made in."), ((string)listed!["origin"]!, (string)listed["state"]!, (string)listed["description"]!));
        Assert.Equal("open\nshelf", await ShellAsync(client, first, "shop && cat stock.txt"));

        await ShellAsync(client, folder, "echo counter > templates/shop/files/workspace/stock.txt");
        await UntilAsync(client, "shop", row => (string?)row?["state"] is "not_built");
        var second = await CreateAsync(client, "shop");
        Assert.Equal("counter", await ShellAsync(client, second, "cat stock.txt"));
        Assert.Equal("shelf", await ShellAsync(client, first, "cat stock.txt"));

        Assert.Equal("DENIED", (string)(await client.RefusedAsync("sandbox_template_delete", new { template_id = "shop" }))["code"]!);
        Assert.Equal("CONFLICT", (string)(await client.RefusedAsync("sandbox_template_create", new { name = "shop", build_spec = new { } }))["code"]!);
        await using (var stranger = await ConnectAsync())
            Assert.Equal("NOT_FOUND", (string)(await stranger.RefusedAsync("sandbox_template_get", new { template_id = "shop" }))["code"]!);

        await ShellAsync(client, folder, "rm -r templates/shop");
        await UntilAsync(client, "shop", row => row is null);
        Assert.Equal("NOT_FOUND", (string)(await client.RefusedAsync("sandbox_create", new { template_id = "shop" }))["code"]!);
        await DestroyAsync(client, [first, second, folder]);
    }

    [Fact]
    public async Task Who_works_in_the_folder_opens_no_way_out_by_it_and_changes_none_of_the_hosts_templates()
    {
        await using var client = await ConnectAsync();
        var folder = (string)(await client.CallAsync("workspace_open", new { }))["sandbox_id"]!;
        await ShellAsync(client, folder, "mkdir -p templates/open templates/machine templates/linked/files templates/miosa-sandbox"
            + " && printf 'base: miosa-sandbox\\negress: web\\n' > templates/open/template.yaml && printf 'base: debian\\npackages: [cowsay]\\n' > templates/machine/template.yaml"
            + " && printf 'base: miosa-sandbox\\n' > templates/linked/template.yaml && ln -s /etc/shadow templates/linked/files/shadow && ln -s ../../../../etc/passwd templates/linked/files/passwd"
            + " && printf 'base: node\\ncommands: [\"touch /tmp/owned\"]\\n' > templates/miosa-sandbox/template.yaml");
        await UntilAsync(client, "open", row => row is not null);

        var open = await client.RefusedAsync("sandbox_create", new { template_id = "open" });
        var machine = await client.RefusedAsync("sandbox_create", new { template_id = "machine" });
        var hidden = await UntilAsync(client, "templates/miosa-sandbox", row => row is not null);
        var own = await UntilAsync(client, "miosa-sandbox", row => row is not null);
        var linked = await CreateAsync(client, "linked");

        Assert.Contains("network: web", (string)open["message"]!, StringComparison.Ordinal);
        Assert.Contains("debian", (string)machine["message"]!, StringComparison.Ordinal);
        Assert.Contains("already the name", (string)hidden!["reason"]!, StringComparison.Ordinal);
        Assert.Equal("builtin", (string)own!["origin"]!);
        Assert.Equal("none", await ShellAsync(client, linked, "ls /shadow /passwd 2> /dev/null || echo none"));
        await DestroyAsync(client, [linked, folder]);
    }

    private Task<Client> ConnectAsync()
    {
        Assert.SkipWhen(host.Refusal is not null, host.Refusal ?? "");
        return Client.StdioAsync(SharedHost.Home, "--toolsets", "all", "--workspace", $"ws-{Guid.NewGuid():n}"[..20]);
    }

    private static async Task<string> CreateAsync(Client client, string template)
    {
        var created = await client.CallAsync("sandbox_create", new { template_id = template });
        var started = TimeProvider.System.GetTimestamp();
        while ((string)created["state"]! is "provisioning")
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(5), created.ToJsonString());
            created = await client.CallAsync("sandbox_get", new { sandbox_id = (string)created["sandbox_id"]! });
        }
        Assert.True((string)created["state"]! is "running", created.ToJsonString());
        return (string)created["sandbox_id"]!;
    }

    /// <summary>A row of the list, once it is so. The watch of the folder has its own pace, within a second.</summary>
    private static async Task<JsonNode?> UntilAsync(Client client, string template, Func<JsonNode?, bool> isSo)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var list = await client.CallAsync("sandbox_template_list", new { limit = 20 });
            var row = list["templates"]!.AsArray().SingleOrDefault(row => (string)row!["template_id"]! == template);
            if (isSo(row))
                return row;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), $"The folder was not read in time: {list}");
            await Task.Yield();
        }
    }
}
