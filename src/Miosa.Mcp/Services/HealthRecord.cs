namespace Miosa.Mcp.Services;

/// <summary>Makes of single checks what is worth telling: one that fails now and then is no illness.</summary>
internal sealed class HealthRecord(TimeSpan grace)
{
    private const int MostFailures = 3;
    private const int FailuresToEnd = 6;

    /// <summary>What has not answered yet may still be at work to get there: installing, compiling.</summary>
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(10);
    private int _failures;
    private TimeSpan? _firstWell;
    private TimeSpan _lastWell;

    /// <summary>What is known; null until it answered or its time to start is over.</summary>
    public ServiceHealth? State { get; private set; }

    /// <summary>From its first to its last answer.</summary>
    public TimeSpan Well => _firstWell is { } first ? _lastWell - first : TimeSpan.Zero;

    /// <summary>Whether it is not to be expected to get well by itself.</summary>
    /// <param name="age">How long its process has run.</param>
    public bool IsHopeless(TimeSpan age) => State is ServiceHealth.Unhealthy && _failures >= FailuresToEnd && (_firstWell is not null || age >= LongestStart);

    /// <summary>Notes a check, and tells whether the state is another now.</summary>
    /// <param name="answered">Whether it answered as it should.</param>
    /// <param name="age">How long its process has run.</param>
    public bool Note(bool answered, TimeSpan age)
    {
        var before = State;
        _failures = answered ? 0 : _failures + 1;
        if (answered)
            (_firstWell, _lastWell) = (_firstWell ?? age, age);
        if (answered)
            State = ServiceHealth.Healthy;
        else if (_failures >= MostFailures && (before is not null || age >= grace))
            State = ServiceHealth.Unhealthy;
        return State != before;
    }
}
