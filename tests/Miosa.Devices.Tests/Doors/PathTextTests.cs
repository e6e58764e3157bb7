using FsCheck;
using FsCheck.Fluent;
using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

public sealed class PathTextTests
{
    [Fact]
    public void Any_bytes_without_a_NUL_come_back_as_they_were() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            var name = bytes.Where(one => one != 0).ToArray();
            var text = PathText.FromBytes(name);
            return PathText.ToBytes(text).SequenceEqual(name) && !text.Any(char.IsControl);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_that_look_like_escapes_come_back_too() =>
        Prop.ForAll(Gen.Elements(@"\x4", @"\", "x", "f", "5c", "\n", "é", "A").ListOf().Select(string.Concat).ToArbitrary(), text =>
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(text);
            return PathText.ToBytes(PathText.FromBytes(bytes)).SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("plain.txt", "plain.txt")]
    [InlineData("ümläut", "ümläut")]
    [InlineData("a\\b", "a\\b")]
    [InlineData("a\nb", @"a\x0ab")]
    [InlineData(@"a\x0ab", @"a\x5cx0ab")]
    [InlineData("\u001b[31m", @"\x1b[31m")]
    [InlineData("\u009b1m", @"\xc2\x9b1m")]
    public void Names_read_as_what_they_are(string name, string text) =>
        Assert.Equal(text, PathText.FromBytes(System.Text.Encoding.UTF8.GetBytes(name)));
}
