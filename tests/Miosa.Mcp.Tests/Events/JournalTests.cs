using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Tests.Events;

public sealed class JournalTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTime _time = new();
    private readonly Database _database;
    private readonly Journal _journal;

    public JournalTests()
    {
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        _database = new Database(_directory.File("miosa.db"));
        _journal = new Journal(_database, _time);
    }

    public void Dispose()
    {
        _database.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Ids_increase_whatever_the_clock_does_and_whoever_opens_the_journal()
    {
        List<string> ids = [await AppendAsync("a"), await AppendAsync("a")];
        _time.Advance(TimeSpan.FromMilliseconds(1));
        ids.Add(await AppendAsync("a"));
        _time.SetUtcNow(new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero));
        ids.Add(await AppendAsync("a"));

        var next = new Journal(_database, _time);
        ids.Add(await AppendAsync("a", next));
        ids.Add(await AppendAsync("a", next));
        _time.SetUtcNow(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        ids.Add(await AppendAsync("a", next));
        ids.Add(await AppendAsync("a", new Journal(_database, _time)));

        Assert.Equal(ids.Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal), ids);
        Assert.All(ids, id => Assert.True(EventIds.IsId(id), id));
        Assert.Equal(ids, (await ReadAsync()).Select(entry => entry.Id));
    }

    [Fact]
    public void A_hundred_thousand_ids_of_one_millisecond_increase()
    {
        var ids = new EventIds(_time);
        var last = "";
        for (var i = 0; i < 100_000; i++)
        {
            var id = ids.Next();
            Assert.True(string.CompareOrdinal(id, last) > 0, $"{id} after {last}");
            last = id;
        }
    }

    [Fact]
    public void Whatever_moments_the_clock_shows_ids_increase() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), moments =>
        {
            var ids = new EventIds(_time);
            var given = moments.Select(moment =>
            {
                _time.SetUtcNow(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000 + moment));
                if (moment % 5 is 0 && moment is not 0)
                {
                    // A host that starts again goes on behind the last one.
                    var last = ids.Next();
                    ids = new EventIds(_time);
                    ids.StartAfter(last);
                }
                return ids.Next();
            }).ToList();
            return given.SequenceEqual(given.Order(StringComparer.Ordinal).Distinct(StringComparer.Ordinal), StringComparer.Ordinal);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Many_writers_and_readers_by_cursor_all_see_every_event_once_and_in_order()
    {
        const int writers = 8;
        const int each = 100;
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            List<StoredEvent> seen = [];
            while (seen.Count < writers * each)
                seen.AddRange(await _journal.WaitAsync(Query() with { After = seen.Count is 0 ? null : seen[^1].Id, Limit = 7 }, Bounded.Limit, CancellationToken.None).InTime());
            return seen;
        })).ToList();

        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
                await AppendAsync($"w{writer}", data: new { number = i });
        })));

        var all = (await ReadAsync()).Select(entry => entry.Id).ToList();
        Assert.Equal(writers * each, all.Count);
        foreach (var reader in readers)
        {
            var seen = await reader.InTime();
            Assert.Equal(all, seen.Select(entry => entry.Id));
            Assert.All(seen.GroupBy(entry => entry.Type), written => Assert.Equal(Enumerable.Range(0, each), written.Select(entry => entry.Data.GetProperty("number").GetInt32())));
        }
    }

    [Theory]
    [InlineData("sandbox.*", "sandbox.created sandbox.exec.completed")]
    [InlineData("*.completed", "sandbox.exec.completed tool.completed")]
    [InlineData("*", "sandbox.created sandbox.exec.completed tool.completed tool_x toolax a%b axb")]
    [InlineData("tool_x", "tool_x")]
    [InlineData("tool_*", "tool_x")]
    [InlineData("a%b", "a%b")]
    [InlineData("%", "")]
    [InlineData("!", "")]
    [InlineData("sandbox", "")]
    [InlineData("sandbox.*,tool.completed", "sandbox.created sandbox.exec.completed tool.completed")]
    public async Task A_type_is_a_glob_in_which_only_the_star_is_special(string types, string expected)
    {
        foreach (var type in (string[])["sandbox.created", "sandbox.exec.completed", "tool.completed", "tool_x", "toolax", "a%b", "axb"])
            await AppendAsync(type);

        var events = await _journal.ReadAsync(Query() with { Types = types.Split(',') }, CancellationToken.None);

        Assert.Equal(expected, string.Join(' ', events.Select(entry => entry.Type)));
    }

    [Fact]
    public async Task A_workspace_sees_its_own_events_and_those_of_none()
    {
        await AppendAsync("mine");
        await AppendAsync("theirs", workspace: "acme");
        await AppendAsync("everybodys", workspace: null);

        Assert.Equal(["mine", "everybodys"], (await ReadAsync()).Select(entry => entry.Type));
        Assert.Equal(["theirs", "everybodys"], (await _journal.ReadAsync(new EventQuery { Workspace = "acme" }, CancellationToken.None)).Select(entry => entry.Type));
    }

    [Fact]
    public async Task A_reader_of_one_device_sees_only_that()
    {
        await AppendAsync("a", device: "sbx_1");
        await AppendAsync("b", device: "sbx_2");
        await AppendAsync("c");

        Assert.Equal(["b"], (await _journal.ReadAsync(Query() with { Device = "sbx_2" }, CancellationToken.None)).Select(entry => entry.Type));
    }

    [Fact]
    public async Task Who_waits_is_woken_by_what_it_waits_for_and_by_nothing_else()
    {
        var waiting = _journal.WaitAsync(Query() with { Types = ["wanted"] }, TimeSpan.FromSeconds(30), CancellationToken.None);
        await AppendAsync("other");
        await AppendAsync("other", workspace: "acme");
        Assert.False(waiting.IsCompleted);

        await AppendAsync("wanted");

        Assert.Equal("wanted", Assert.Single(await waiting.InTime()).Type);
    }

    [Fact]
    public async Task Waiting_ends_with_nothing_when_its_time_is_over()
    {
        // The first write opens the file; from there the wait is on the clock.
        await AppendAsync("other");
        var waiting = _journal.WaitAsync(Query() with { Types = ["wanted"] }, TimeSpan.FromSeconds(30), CancellationToken.None);
        await Bounded.UntilAsync(() => _time.Waiting is 1);

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(await waiting.InTime());
        Assert.Equal(0, _time.Waiting);
    }

    [Fact]
    public async Task Waiting_ends_when_nobody_wants_it_any_more()
    {
        using var cancelled = new CancellationTokenSource();
        var waiting = _journal.WaitAsync(Query(), TimeSpan.FromSeconds(30), cancelled.Token);
        await Bounded.UntilAsync(() => _time.Waiting is 1);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.InTime());
    }

    [Theory]
    [InlineData("short", 0)]
    [InlineData("letters", 50_000)]
    [InlineData("newlines", 50_000)]
    [InlineData("emoji", 20_000)]
    [InlineData("list", 2_000)]
    [InlineData("nested", 50_000)]
    public async Task A_line_is_cut_before_it_is_stored_so_that_it_fits_a_page(string kind, int size)
    {
        object data = kind switch
        {
            "letters" => new { text = new string('x', size), cursor = 7 },
            "newlines" => new { text = new string('\n', size), cursor = 7 },
            "emoji" => new { text = string.Concat(Enumerable.Repeat("😀", size)), cursor = 7 },
            "list" => new { changes = Enumerable.Range(0, size).Select(i => new { path = $"/workspace/{i}" }), cursor = 7 },
            "nested" => new { inner = new { text = new string('x', size) }, cursor = 7 },
            _ => new { text = "short", cursor = 7 },
        };
        await AppendAsync(kind, data: data);

        var entry = Assert.Single(await ReadAsync());

        Assert.InRange(ResultBudget.Length(entry.Data.GetRawText()), 1, EventData.MostCharacters);
        Assert.Equal(7, entry.Data.GetProperty("cursor").GetInt32());
        Assert.Equal(size > 0, entry.Data.TryGetProperty("cut", out _));
        if (kind is "letters" or "newlines" or "emoji")
            Assert.InRange(ResultBudget.Length(entry.Data.GetRawText()), EventData.MostCharacters / 2, EventData.MostCharacters);
    }

    [Fact]
    public void A_page_never_holds_more_than_clients_keep() =>
        Prop.ForAll(OddTexts.Any.Generator.ListOf().ToArbitrary(), texts =>
        {
            var events = texts.Select((text, i) => new StoredEvent
            {
                Id = Ids.Format("evt", i, new byte[10]),
                Type = "command.output",
                At = _time.GetUtcNow(),
                Workspace = new string('w', 64),
                Data = JsonDocument.Parse(EventData.Write(new { text = string.Concat(Enumerable.Repeat(text, 60)) })).RootElement,
            }).ToList();
            var page = EventPage.From(events, 50, since: null);
            return ResultBudget.Length(JsonSerializer.Serialize(page, Wire.Options)) <= 7_000
                && (events.Count is 0 || page.Count > 0) && page.More == page.Count < events.Count
                && (page.Count is 0 || page.NextCursor == page.Events[^1].Id);
        }).QuickCheckThrowOnFailure();

    private static EventQuery Query() => new() { Workspace = "default", Limit = 10_000 };

    private Task<IReadOnlyList<StoredEvent>> ReadAsync() => _journal.ReadAsync(Query(), CancellationToken.None);

    private Task<string> AppendAsync(string type, Journal? journal = null, string? workspace = "default", string? device = null, object? data = null) =>
        (journal ?? _journal).AppendAsync(new JournalEvent(type) { Workspace = workspace, Device = device, Data = data ?? new { type } }, CancellationToken.None);
}
