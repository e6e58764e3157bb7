using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

public sealed class RequestHeadTests
{
    [Fact]
    public void A_request_is_read_as_it_was_written()
    {
        var head = Parse("POST http://example.com/a HTTP/1.1\r\nHost: example.com\r\nContent-Length: 12\r\nX-Odd:\t a  b \r\nConnection: keep-alive, x-odd\r\n\r\n");

        Assert.Equal(("POST", "http://example.com/a", 12L, true), (head.Method, head.Target, head.ContentLength, head.KeepsAlive));
        Assert.Equal("a  b", head.Fields.Single(field => field.Key is "X-Odd").Value);
        Assert.Equal(["keep-alive", "x-odd"], head.Words("connection"));
    }

    [Theory]
    [InlineData("GET http://a/ HTTP/1.1\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\rX: b\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\n\tfolded: x\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost : a\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\n: a\r\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET  http://a/ HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1 \r\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/\tb HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/é HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("G(T http://a/ HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/2.0\r\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/ http/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/\r\nHost: a\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("POST http://a/ HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")]
    public void What_two_readers_could_understand_differently_is_refused(string text) =>
        Assert.Throws<BadRequestException>(() => Parse(text));

    [Fact]
    public void More_fields_than_any_program_sends_are_refused() =>
        Assert.Throws<BadRequestException>(() => Parse("GET http://a/ HTTP/1.1\r\nHost: a\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 100)) + "\r\n"));

    [Fact]
    public void Whatever_comes_it_is_a_request_or_refused() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            try
            {
                _ = RequestHead.Parse([.. "GET http://a/ HTTP/1.1\r\nHost: a\r\n"u8, .. bytes, .. "\r\n\r\n"u8]);
            }
            catch (BadRequestException)
            {
                // The other of the two.
            }
        }).QuickCheckThrowOnFailure();

    private static RequestHead Parse(string text) => RequestHead.Parse(Encoding.Latin1.GetBytes(text));
}
