using Miosa.Devices.Native;

namespace Miosa.Devices.Oci;

/// <summary>A directory shown at another place with its owners shifted into a device's range, on the mount thread only.</summary>
internal sealed record StagedMount(string Source, string Target, int UserNamespace)
{
    public void Attach()
    {
        Directory.CreateDirectory(Target);
        var tree = Libc.OpenTree(Source);
        try
        {
            Libc.SetIdmap(tree, UserNamespace);
            Libc.MoveMount(tree, Target);
        }
        finally
        {
            _ = Libc.Close(tree);
        }
    }

    public void Detach() => _ = Libc.Unmount(Target, Libc.UnmountDetach);
}
