using System.Text;
using Miosa.Mcp.Transports.Stdio;

namespace Miosa.Mcp.Tests.Transports.Stdio;

public sealed class MessageHeadTests
{
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", "1", "ping")]
    [InlineData("""{"method":"tools/call","params":{"id":9,"method":"no"},"jsonrpc":"2.0","id":"a-1"}""", "\"a-1\"", "tools/call")]
    [InlineData("""{"id":"\u00e9\"","method":"ping"}""", "\"\\u00e9\\\"\"", "ping")]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", null, "notifications/initialized")]
    [InlineData("""{"result":{"id":3},"id":2}""", "2", null)]
    [InlineData("""{"id":7,"method":"x","params":{"cut":"of""", "7", "x")]
    [InlineData("""{"id":null,"method":"ping"}""", null, "ping")]
    [InlineData("""{"id":{"x":1},"method":"ping"}""", null, null)]
    [InlineData("[1,2]", null, null)]
    [InlineData("no", null, null)]
    [InlineData("", null, null)]
    public void Id_and_method_are_found_wherever_they_stand(string json, string? id, string? method) =>
        Assert.Equal(new MessageHead(id, method), MessageHead.Read(Encoding.UTF8.GetBytes(json)));
}
