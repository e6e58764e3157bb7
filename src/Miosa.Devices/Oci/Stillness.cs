namespace Miosa.Devices.Oci;

/// <summary>
/// Holds a running device still for as long as it takes to copy its files. A mark beside it says so, that a host which
/// is killed meanwhile does not leave it standing.
/// </summary>
internal sealed class Stillness(EngineOptions options, Freezer freezer)
{
    private const string Mark = "held";

    public async Task<Hold> HoldAsync(string id)
    {
        // Frozen for another reason: it stays so.
        if (freezer.IsFrozen(id))
            return new Hold(freezer, id, mark: null);
        if (!freezer.CanFreeze(id))
            throw new EngineException(
                $"{id} runs where it cannot be held still, and on this machine a copy of its files takes time: it would be torn.",
                "Stop it first (`sandbox_pause` with `stop`), or use a machine with btrfs, where a snapshot takes no time.");
        var mark = Path.Combine(new DevicePaths(options, id).Bundle, Mark);
        await File.WriteAllTextAsync(mark, "");
        try
        {
            await freezer.FreezeAsync(id);
        }
        catch
        {
            File.Delete(mark);
            throw;
        }
        return new Hold(freezer, id, mark);
    }

    /// <summary>Lets go of what hosts that were killed have held.</summary>
    public void ReleaseAll()
    {
        foreach (var bundle in Directory.GetDirectories(options.RunDirectory))
        {
            var mark = Path.Combine(bundle, Mark);
            if (!File.Exists(mark))
                continue;
            freezer.Thaw(Path.GetFileName(bundle));
            File.Delete(mark);
        }
    }

    internal sealed class Hold(Freezer freezer, string id, string? mark) : IDisposable
    {
        /// <summary>Fails where somebody has let it go on, since what was copied then is not of one instant.</summary>
        public void Check()
        {
            if (!freezer.IsFrozen(id))
                throw new EngineException($"{id} went on while its files were copied.", "Call again.");
        }

        public void Dispose()
        {
            if (mark is null)
                return;
            freezer.Thaw(id);
            File.Delete(mark);
        }
    }
}
