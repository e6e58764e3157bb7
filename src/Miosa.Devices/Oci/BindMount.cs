namespace Miosa.Devices.Oci;

/// <summary>A file or directory of the machine that a container sees.</summary>
internal sealed record BindMount(string Source, string Target, bool ReadOnly);
