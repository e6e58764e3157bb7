using Miosa.Mcp.Processes;

namespace Miosa.Mcp.Tests.Processes;

public sealed class OutputPaceTests
{
    private const int Chunk = 1 << 20;
    private readonly FakeTime _time = new();

    [Fact]
    public void What_an_ordinary_command_writes_is_read_as_it_comes()
    {
        var pace = new OutputPace(_time);

        for (var i = 0; i < 128; i++)
            Assert.Equal(TimeSpan.Zero, pace.After(Chunk));
    }

    [Fact]
    public void A_process_that_writes_without_end_is_read_at_a_bounded_speed()
    {
        var pace = new OutputPace(_time);
        var waited = TimeSpan.Zero;

        for (var i = 0; i < 128 + (32 * 10); i++)
        {
            var wait = pace.After(Chunk);
            waited += wait;
            _time.Advance(wait);
        }

        Assert.Equal(10, waited.TotalSeconds, tolerance: 0.01);
    }

    [Fact]
    public void Quiet_time_is_given_back()
    {
        var pace = new OutputPace(_time);
        for (var i = 0; i < 128; i++)
            pace.After(Chunk);

        _time.Advance(TimeSpan.FromSeconds(4));

        for (var i = 0; i < 128; i++)
            Assert.Equal(TimeSpan.Zero, pace.After(Chunk));
        Assert.True(pace.After(Chunk) > TimeSpan.Zero);
    }
}
