namespace Miosa.Devices.Oci;

/// <summary>What trying an isolation tier gave; without a runtime, the reports say why.</summary>
internal sealed record ProbedTier(OciRuntime? Runtime, ControllerSet Controllers, IReadOnlyList<RuntimeReport> Reports);
