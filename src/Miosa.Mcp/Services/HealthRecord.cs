namespace Miosa.Mcp.Services;

/// <summary>Makes of single checks what is worth telling: one that fails now and then is no illness.</summary>
internal sealed class HealthRecord(TimeSpan grace)
{
    private const int MostFailures = 3;
    private int _failures;

    /// <summary>What is known; null until it answered or its time to start is over.</summary>
    public ServiceHealth? State { get; private set; }

    /// <summary>Notes a check, and tells whether the state is another now.</summary>
    /// <param name="answered">Whether it answered as it should.</param>
    /// <param name="age">How long its process has run.</param>
    public bool Note(bool answered, TimeSpan age)
    {
        var before = State;
        _failures = answered ? 0 : _failures + 1;
        if (answered)
            State = ServiceHealth.Healthy;
        else if (_failures >= MostFailures && (before is not null || age >= grace))
            State = ServiceHealth.Unhealthy;
        return State != before;
    }
}
