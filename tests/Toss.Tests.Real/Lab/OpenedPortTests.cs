using System.Net;
using System.Net.Sockets;
using Toss.Testing.Net;
using Toss.Transport.Mapping;
using Xunit;

namespace Toss.Tests.Real.Lab;

/// <summary>What a router of others' making answers, byte by byte; how devices use it is in <see cref="NetworkTests"/>.</summary>
public sealed class OpenedPortTests
{
    private const ushort Port = 41000;
    private static readonly byte[] Nonce = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    [Fact]
    public async Task A_router_opens_a_port_by_NAT_PMP_and_closes_it_again()
    {
        using var lab = new NatLab();
        await using var router = await lab.NatA.OpenPortsAsync(NatLab.OpenedA);
        var address = new byte[NatPmpMessage.AddressRequestSize];
        NatPmpMessage.WriteAddress(address);
        Assert.True(NatPmpMessage.TryRead(Ask(lab, address), out var told));
        Assert.Equal((0, NatLab.OpenedA), (told.Result, told.External));

        Assert.True(NatPmpMessage.TryRead(Ask(lab, Map(PortMapping.Lifetime)), out var opened));
        Assert.Equal((0, Port, Port), (opened.Result, opened.InternalPort, opened.ExternalPort));
        Assert.Equal(PortMapping.Lifetime, opened.Lifetime);
        Assert.Contains("41000", lab.NatA.OpenedPorts, StringComparison.Ordinal);

        Assert.True(NatPmpMessage.TryRead(Ask(lab, Map(TimeSpan.Zero)), out var closed));
        Assert.Equal((0, TimeSpan.Zero), (closed.Result, closed.Lifetime));
        Assert.DoesNotContain("41000", lab.NatA.OpenedPorts, StringComparison.Ordinal);

        static byte[] Map(TimeSpan lifetime)
        {
            var request = new byte[NatPmpMessage.MapRequestSize];
            NatPmpMessage.WriteMap(request, Port, Port, lifetime);
            return request;
        }
    }

    [Fact]
    public async Task A_router_opens_a_port_by_PCP_and_refuses_another_version_of_it()
    {
        using var lab = new NatLab();
        await using var router = await lab.NatA.OpenPortsAsync(NatLab.OpenedA);
        var request = new byte[PcpMessage.MapSize];
        PcpMessage.WriteMap(request, Nonce, IPAddress.Parse("192.168.1.2"), Port, null, PortMapping.Lifetime);
        Assert.True(PcpMessage.TryReadMap(Ask(lab, request), Nonce, out var opened));
        Assert.Equal(new IPEndPoint(NatLab.OpenedA, opened.ExternalPort), new(opened.External!, opened.ExternalPort));
        Assert.Equal((0, Port), (opened.Result, opened.InternalPort));

        request[0] = 9;
        Assert.True(PcpMessage.TryReadMap(Ask(lab, request), Nonce, out var refused));
        Assert.Equal(PcpMessage.UnsupportedVersion, refused.Result);
    }

    private static byte[] Ask(NatLab lab, byte[] request) =>
        lab.A.Inside(() =>
        {
            using var socket = new UdpClient();
            socket.Client.ReceiveTimeout = 10_000;
            IPEndPoint? from = new(IPAddress.Parse("192.168.1.1"), PcpMessage.Port);
            socket.Connect(from);
            socket.Send(request);
            return socket.Receive(ref from);
        });
}
