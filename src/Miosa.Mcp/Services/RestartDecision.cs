using Miosa.Mcp.Processes;

namespace Miosa.Mcp.Services;

/// <summary>What follows when a service's process has ended: pure, so that a test can read it.</summary>
internal abstract record RestartDecision
{
    /// <summary>After running this long, what was before is forgiven.</summary>
    public static readonly TimeSpan HealthyAfter = TimeSpan.FromSeconds(60);

    /// <summary>So many short lives in a row are a crash loop.</summary>
    public const int CrashLoopAfter = 5;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private RestartDecision() { }

    /// <summary>It is started again after a while.</summary>
    /// <param name="After">How long.</param>
    /// <param name="ShortLives">How many short lives in a row this makes.</param>
    public sealed record Restart(TimeSpan After, int ShortLives) : RestartDecision
    {
        public bool IsCrashLoop => ShortLives >= CrashLoopAfter;
    }

    /// <summary>It did what it had to.</summary>
    public sealed record Done : RestartDecision;

    /// <summary>It failed and is not to be started again.</summary>
    public sealed record Failed : RestartDecision;

    /// <param name="policy">When it is to be started again.</param>
    /// <param name="isClean">Whether it exited with 0.</param>
    /// <param name="ran">How long it ran.</param>
    /// <param name="shortLives">How many short lives in a row there were before.</param>
    /// <param name="random">From 0 to 1: services that fail together do not start together.</param>
    public static RestartDecision Of(RestartPolicy policy, bool isClean, TimeSpan ran, int shortLives, double random)
    {
        if (policy is RestartPolicy.Never || (policy is RestartPolicy.OnFailure && isClean))
            return isClean ? new Done() : new Failed();
        var lives = ran >= HealthyAfter ? 0 : shortLives;
        var wait = Math.Min(Longest.TotalSeconds, Shortest.TotalSeconds * Math.Pow(2, Math.Min(lives, 30)));
        return new Restart(TimeSpan.FromSeconds(wait * (0.75 + (random / 4))), lives + 1);
    }

    /// <summary>How it ended, in words.</summary>
    public static string Words(ProcessRow? process) => process switch
    {
        { ExitCode: { } code } => $"It exited with {code}",
        { Signal: { } signal } => $"It was killed by {signal}",
        _ => "Its process is gone",
    };
}
