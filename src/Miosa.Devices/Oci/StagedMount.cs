using System.Globalization;
using Miosa.Devices.Native;
using Miosa.Devices.Volumes;

namespace Miosa.Devices.Oci;

/// <summary>A volume shown at a place with its owners shifted into a device's range, on the mount thread only.</summary>
/// <param name="Shift">Null where owners are to be seen as they are.</param>
internal sealed record StagedMount(VolumeView View, string Target, OwnerShift? Shift)
{
    private const ulong Attributes = Libc.MountAttributeNoSetuid | Libc.MountAttributeNoDevices | Libc.MountAttributeNoAccessTimes;

    private string Parts => Target + ".parts";

    public void Attach()
    {
        Directory.CreateDirectory(Target);
        if (View is { Changes: null, Layers: [var single] })
            Show(single, Target);
        else
            AttachLayers();
    }

    public void Detach() => _ = Libc.Unmount(Target, Libc.UnmountDetach);

    /// <summary>An overlay cannot be shifted as a whole, but each of its layers can before they are put together.</summary>
    private void AttachLayers()
    {
        try
        {
            var layers = View.Layers.Select((layer, i) => Show(layer, Path.Combine(Parts, i.ToString(CultureInfo.InvariantCulture)))).ToList();
            var changes = View.Changes is null ? null : Show(View.Changes, Path.Combine(Parts, "changes"));
            // What an overlay makes by itself it makes as who mounted it, who must be an owner that the shift knows.
            var mount = Libc.AsFileOwner(Shift?.First ?? 0, () => Libc.NewMount("overlay", Options(layers, changes), Attributes));
            try
            {
                Libc.MoveMount(mount, Target);
            }
            finally
            {
                _ = Libc.Close(mount);
            }
        }
        finally
        {
            // The overlay has taken what it needs of them.
            if (Directory.Exists(Parts))
            {
                foreach (var part in Directory.GetDirectories(Parts))
                {
                    _ = Libc.Unmount(part, Libc.UnmountDetach);
                    Directory.Delete(part);
                }
                Directory.Delete(Parts);
            }
        }
    }

    /// <summary>
    /// Directories of a template are renamed like others. An index would not survive that what it stands for is copied,
    /// and without it a copy is an overlay like its source.
    /// </summary>
    internal static IEnumerable<(string Key, string Value)> Options(IReadOnlyList<string> layers, string? changes) =>
    [
        ("source", "miosa"),
        .. layers.Select(layer => ("lowerdir+", layer)),
        .. changes is null ? [] : ((string, string)[])[("upperdir", Path.Combine(changes, VolumeView.Upper)), ("workdir", Path.Combine(changes, VolumeView.Work)), ("redirect_dir", "on")],
        ("index", "off"), ("metacopy", "off"), ("nfs_export", "off"),
    ];

    private string Show(string source, string target)
    {
        Directory.CreateDirectory(target);
        var tree = Libc.OpenTree(source);
        try
        {
            if (Shift is not null)
                Libc.SetIdmap(tree, Shift.UserNamespace);
            Libc.MoveMount(tree, target);
        }
        finally
        {
            _ = Libc.Close(tree);
        }
        return target;
    }
}
