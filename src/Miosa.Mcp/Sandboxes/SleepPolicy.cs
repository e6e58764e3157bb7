namespace Miosa.Mcp.Sandboxes;

/// <summary>When a sandbox that nobody uses goes to sleep, and how deep: pure, so that a test can read it.</summary>
/// <param name="FreezeAfter">Unused this long it is frozen; zero for never.</param>
/// <param name="StopAfter">Unused this long it is stopped; zero for never.</param>
/// <param name="Notice">This long before it is told.</param>
internal sealed record SleepPolicy(TimeSpan FreezeAfter, TimeSpan StopAfter, TimeSpan Notice)
{
    /// <summary>What the host does, or what was asked for one sandbox: its own time until it is frozen, and zero for never to sleep.</summary>
    public static SleepPolicy Of(SandboxOptions options, int? sleepAfterSeconds)
    {
        if (sleepAfterSeconds is not { } seconds)
            return new(options.FreezeAfter, options.StopAfter, options.SleepNotice);
        var freeze = TimeSpan.FromSeconds(seconds);
        return new(freeze, freeze > TimeSpan.Zero && options.StopAfter > TimeSpan.Zero ? freeze + options.StopAfter : TimeSpan.Zero, options.SleepNotice);
    }

    /// <summary>What comes next for it if nobody uses it; null where nothing does.</summary>
    /// <param name="isFrozen">Whether it is frozen now.</param>
    /// <param name="canFreeze">Whether the machine can freeze it.</param>
    public SleepStep? Next(bool isFrozen, bool canFreeze)
    {
        var freezes = !isFrozen && canFreeze && FreezeAfter > TimeSpan.Zero && (StopAfter == TimeSpan.Zero || FreezeAfter < StopAfter);
        if (freezes)
            return new(SandboxSleep.Frozen, FreezeAfter);
        return StopAfter > TimeSpan.Zero ? new(SandboxSleep.Stopped, StopAfter) : null;
    }

    /// <summary>What to do about a step now: it is told first, and comes when it was told and is due.</summary>
    public SleepDue Due(SleepStep step, TimeSpan idle, bool isTold)
    {
        // A short timeout has a short notice, or it would be told while it is in use.
        var notice = Notice < step.After / 2 ? Notice : step.After / 2;
        if (!isTold)
            return idle >= step.After - notice ? SleepDue.Tell : SleepDue.Nothing;
        return idle >= step.After ? SleepDue.Act : SleepDue.Nothing;
    }
}

/// <summary>How it goes to sleep, and after how long without use.</summary>
internal sealed record SleepStep(SandboxSleep Sleep, TimeSpan After);

internal enum SleepDue
{
    Nothing,
    Tell,
    Act,
}
