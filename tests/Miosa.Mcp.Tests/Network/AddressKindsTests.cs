using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

public sealed class AddressKindsTests
{
    private static readonly string[] NotPublic = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"];

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("0.0.0.0")]
    [InlineData("10.0.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("100.64.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.0.1")]
    [InlineData("168.63.129.16")]
    [InlineData("100.100.100.200")]
    [InlineData("192.0.0.192")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("::ffff:0:127.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("64:ff9b:1::10.0.0.1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2002:808:808::1")]
    [InlineData("2001:0:7f00:1::")]
    [InlineData("2001:10::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("febf::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("100::1")]
    [InlineData("4000::1")]
    public void What_is_not_of_the_public_internet_is_told_as_that(string address) => Assert.NotNull(AddressKinds.Problem(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("1.1.1.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("126.255.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001:81b::200e")]
    public void A_public_address_is_one(string address) => Assert.Null(AddressKinds.Problem(IPAddress.Parse(address)));

    [Fact]
    public void No_address_passes_by_being_wrapped_into_IPv6()
    {
        string[] wrappings = ["::{0}", "::ffff:{0}", "::ffff:0:{0}", "64:ff9b::{0}", "64:ff9b:1:ffff::{0}"];
        var addresses =
            from network in Gen.Elements(NotPublic).Select(IPNetwork.Parse)
            from random in Gen.Choose(0, int.MaxValue)
            select Within(network, random);

        Prop.ForAll(addresses.ToArbitrary(), address =>
            AddressKinds.Problem(address) is not null
            && wrappings.All(wrapping => AddressKinds.Problem(IPAddress.Parse(string.Format(System.Globalization.CultureInfo.InvariantCulture, wrapping, address))) is not null)
            && AddressKinds.Problem(SixToFour(address)) is not null
            && AddressKinds.Problem(Teredo(address)) is not null).QuickCheckThrowOnFailure();
    }

    private static IPAddress Within(IPNetwork network, int random)
    {
        var bytes = network.BaseAddress.GetAddressBytes();
        var noise = BitConverter.GetBytes(random);
        for (var bit = network.PrefixLength; bit < 32; bit++)
            bytes[bit / 8] |= (byte)(noise[bit / 8] & (0x80 >> (bit % 8)));
        return new IPAddress(bytes);
    }

    private static IPAddress SixToFour(IPAddress address) => new([0x20, 0x02, .. address.GetAddressBytes(), .. new byte[10]]);

    private static IPAddress Teredo(IPAddress address) => new([0x20, 0x01, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, .. address.GetAddressBytes().Select(b => (byte)~b)]);
}
