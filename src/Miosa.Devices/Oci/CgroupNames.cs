namespace Miosa.Devices.Oci;

/// <summary>Where a container's control group lies: under one group of this home, so that two homes do not meet.</summary>
internal static class CgroupNames
{
    public static string Path(EngineOptions options, string id) =>
        $"/miosa/{System.IO.Path.GetFileName(options.RunDirectory.TrimEnd('/'))}/{id}";
}
