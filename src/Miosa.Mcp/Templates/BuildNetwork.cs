using Miosa.Devices;
using Miosa.Mcp.Network;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Templates;

/// <summary>
/// The way out that a sandbox has while a template is built in it: to registries of packages, whatever the template
/// says, and like every way out never to private addresses.
/// </summary>
internal sealed class BuildNetwork(Lazy<NetworkService> network, TimeProvider time)
{
    private const string Preset = "packages";

    /// <summary>Opens it, and gives what tells programs of it. The sandbox must run.</summary>
    public Task<IReadOnlyDictionary<string, string>> OpenAsync(DeviceSpec spec, Template template, CancellationToken cancellationToken) =>
        network.Value.EnvironmentAsync(
            new SandboxRow
            {
                Id = spec.Id,
                Workspace = template.Row?.Workspace ?? "",
                Principal = template.Row?.Principal ?? "",
                State = SandboxState.Running,
                Slot = spec.Slot,
                Request = new SandboxRequest { Name = template.Name, Network = Preset },
                Size = spec.Size,
                TemplateId = template.Name,
                Isolation = spec.Isolation,
                CreatedAt = time.GetUtcNow(),
            },
            cancellationToken);

    /// <summary>Closes it once the sandbox has ended.</summary>
    public Task CloseAsync(string id) => network.Value.EndAsync(id, isGone: true);
}
