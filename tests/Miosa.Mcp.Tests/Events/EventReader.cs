using System.Text.Json.Nodes;

namespace Miosa.Mcp.Tests.Events;

/// <summary>Reads server-sent events off a connection, as a browser does.</summary>
internal sealed class EventReader(HttpClient http, HttpResponseMessage response, StreamReader reader) : IDisposable
{
    public static async Task<EventReader> OpenAsync(Uri address, string query = "", string? lastEventId = null)
    {
        var http = new HttpClient();
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/v1/events" + query));
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).InTime();
        Assert.Equal("text/event-stream", response.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
        return new EventReader(http, response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>The next line of the journal; null at the end of the stream.</summary>
    public async Task<(string Id, string Type, JsonNode Data)?> NextAsync()
    {
        var (id, type, data) = ("", "", "");
        while (await reader.ReadLineAsync().InTime() is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
                type = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data += line[6..];
            else if (line.Length is 0 && data.Length > 0)
                return (id, type, JsonNode.Parse(data)!);
        }
        return null;
    }

    public async Task<IReadOnlyList<(string Id, string Type, JsonNode Data)>> TakeAsync(int count)
    {
        List<(string, string, JsonNode)> events = [];
        while (events.Count < count)
            events.Add(await NextAsync() ?? throw new InvalidOperationException("The stream ended."));
        return events;
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
        http.Dispose();
    }
}
