using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Toss.Control;
using Toss.Testing.Net;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Toss.Tests.Real.EndToEnd;

namespace Toss.Tests.Real.Lab;

/// <summary>
/// A network with two devices and a relay that speaks TLS, and somebody who writes down all that passes. Another such home has
/// the same addresses.
/// </summary>
internal sealed class WatchedHome : IAsyncDisposable
{
    private const string RelayAddress = "10.77.0.3";
    private const int RelayPort = 8787;
    private const int OwnId = 8; // bytes of the ids that devices give themselves
    private const uint StunCookie = 0x2112_A442;

    private readonly LabSwitch _network;
    private readonly LabNamespace _machineA;
    private readonly List<PacketCapture> _captures = [];
    private RelayProcess _relay = null!;
    private List<CapturedPacket> _written = [];
    private HashSet<string> _underWay = [];
    private int _evening;

    private WatchedHome(string label)
    {
        _network = new LabSwitch(label);
        _machineA = _network.AddMachine($"{label}a", "10.77.0.1/24");
        _captures.Add(new PacketCapture(_machineA));
    }

    public TossProgram A { get; private set; } = null!;

    public TossProgram B { get; private set; } = null!;

    /// <summary>Two devices that are up, paired by the relay's help and linked.</summary>
    /// <param name="certificate">Files of the relay's chain and key; the chain is what the devices trust.</param>
    public static async Task<WatchedHome> StartAsync(
        string label,
        string[] names,
        BuiltPrograms programs,
        (string Chain, string Key) certificate
    )
    {
        var home = new WatchedHome(label);
        var machineB = home._network.AddMachine($"{label}b", "10.77.0.2/24");
        home._captures.Add(new PacketCapture(machineB));
        var relayMachine = home._network.AddMachine($"{label}r", $"{RelayAddress}/24");
        home._relay = await RelayProcess.StartBuiltAsync(
            programs.In(relayMachine),
            null,
            "--listen",
            $"{RelayAddress}:{RelayPort}",
            "--cert",
            certificate.Chain,
            "--key",
            certificate.Key
        );
        home.A = await DeviceAsync(names[0], home._machineA);
        home.B = await DeviceAsync(names[1], machineB);
        await TwoPrograms.PairAsync(home.A, home.B, opened => [opened.Uri]);
        return home;

        async Task<TossProgram> DeviceAsync(string name, LabNamespace machine)
        {
            var device = new TossProgram(name, null, programs.In(machine)) { UsesLinks = true };
            device.Variables["SSL_CERT_FILE"] = certificate.Chain;
            await device.UpAsync("--name", name, "--relay", home._relay.Url.AbsoluteUri);
            return device;
        }
    }

    /// <summary>
    /// What people do in a day: texts and a picture by the link, and at its end a text that waits at the relay for B, which is
    /// off till the next day.
    /// </summary>
    public async Task LiveAsync(string day)
    {
        await A.LinkedAsync();
        await B.LinkedAsync();
        await A.CopyAsync($"{day}: from A");
        await B.PastesAsync($"{day}: from A");
        var picture = RandomNumberGenerator.GetBytes(50_000);
        await B.CopyAsync(picture, "image/png");
        await A.PastesAsync(picture, "image/png");
        Write();
        _evening = _written.Count;
        (await B.RunAsync("down")).Exits(0);
        await A.CopyAsync($"{day}: in the evening");
        await Eventually.HoldsAsync(
            "the last text in B's mailbox",
            async () =>
                (await A.Control.GetHistoryAsync("in the evening", 1, CancellationToken.None))
                    is [{ Deliveries: [{ State: "sent" }] }],
            A.StateAsync
        );
        await Eventually.HoldsAsync(
            "A to know that its link has ended",
            async () =>
                (await A.Control.GetStatusAsync(CancellationToken.None)).Peers[0].Path?.Kind is not ("lan" or "direct"),
            A.StateAsync
        );
    }

    /// <summary>A, which was on all night, has noticed that it is another day, and B is switched on.</summary>
    public async Task WakeAsync(string yesterday)
    {
        await Eventually.HoldsAsync(
            "A to show itself under another name",
            () => Task.FromResult(_captures[0].Take().Any(IsProbeOfA)),
            A.StateAsync
        );
        _captures[1].Take();
        await B.UpAsync();
        await B.PastesAsync($"{yesterday}: in the evening");
    }

    /// <summary>A program on A's machine shows the same thing each time; returns when it is written down.</summary>
    public async Task ShowAsync(byte[] what)
    {
        _machineA.Inside(() =>
        {
            using var socket = new UdpClient(AddressFamily.InterNetwork);
            return socket.Send(what, what.Length, new IPEndPoint(IPAddress.Parse(RelayAddress), 9));
        });
        await Eventually.HoldsAsync(
            "what a program showed to be written down",
            () =>
            {
                Write();
                return Task.FromResult(_written.Exists(packet => packet.Payload.AsSpan().SequenceEqual(what)));
            }
        );
    }

    /// <summary>
    /// What was written down since the last time, and what of it anybody can open, with zeros where addresses and ports of this network are told, which
    /// stand in the head of each packet as well.
    /// </summary>
    public IReadOnlyList<CapturedPacket> Take()
    {
        Write();
        // A dial of the evening that midnight comes upon goes on to its end; those of the day before it were over.
        var packets = _written.Where(packet => !_underWay.Contains(ConnectionOf(packet))).ToList();
        _underWay = [.. _written.Skip(_evening).Select(ConnectionOf).Where(static one => one.Length > 0)];
        (_written, _evening) = ([], 0);
        packets.AddRange(OpenedInitials.Of(packets));
        var told = packets
            .SelectMany(static packet => (IPEndPoint[])[packet.From, packet.To])
            .Distinct()
            .SelectMany(Told)
            .ToList();
        foreach (var packet in packets.Where(static packet => !packet.IsTcp))
        {
            told.ForEach(pattern => Clear(packet.Payload, pattern));
        }
        return packets;
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await _relay.DisposeAsync();
        _captures.ForEach(static capture => capture.Dispose());
        _network.Dispose();
    }

    private void Write() => _written.AddRange(_captures.SelectMany(static capture => capture.Take()));

    /// <summary>Asks whether anybody has the names already that it is about to take (RFC 6762 §8.1).</summary>
    private static bool IsProbeOfA(CapturedPacket packet) =>
        packet is { To.Port: 5353, Payload: [_, _, _, _, _, _, _, _, 0, > 0, ..] }
        && packet.From.Address.Equals(IPAddress.Parse("10.77.0.1"));

    /// <summary>A first packet of QUIC, as who dials sends it.</summary>
    public static bool IsDial(CapturedPacket packet) =>
        packet is { IsTcp: false, Payload: [>= 0xC0, 0, 0, 0, 1, 20, .., _] and { Length: >= 1200 } };

    /// <summary>What the header of a packet of QUIC names its connection by; nothing for other packets.</summary>
    private static string ConnectionOf(CapturedPacket packet) =>
        packet switch
        {
            { IsTcp: false, Payload: [>= 0xC0, 0, 0, 0, 1, var length, ..] bytes }
                when bytes.Length > length + 6 && bytes.Length > length + 7 + bytes[length + 6] => Convert.ToHexString(
                bytes,
                6,
                length + 1 + bytes[length + 6]
            ),
            { IsTcp: false, Payload: [>= 0x40 and < 0x80, ..] bytes } when bytes.Length > OwnId => Convert.ToHexString(
                bytes,
                1,
                OwnId
            ),
            _ => "",
        };

    /// <summary>As records of DNS and attributes of STUN have them (RFC 1035 §3.4.1, 2782, 8489 §14.2).</summary>
    private static IEnumerable<byte[]> Told(IPEndPoint place)
    {
        var address = place.Address.GetAddressBytes();
        yield return address;
        yield return [0, 0, 0, 0, (byte)(place.Port >> 8), (byte)place.Port];
        if (address.Length == 4)
        {
            var stun = new byte[6];
            BinaryPrimitives.WriteUInt16BigEndian(stun, (ushort)(place.Port ^ (StunCookie >> 16)));
            BinaryPrimitives.WriteUInt32BigEndian(
                stun.AsSpan(2),
                BinaryPrimitives.ReadUInt32BigEndian(address) ^ StunCookie
            );
            yield return stun;
        }
    }

    private static void Clear(Span<byte> payload, byte[] pattern)
    {
        while (payload.IndexOf(pattern) is >= 0 and var at)
        {
            payload.Slice(at, pattern.Length).Clear();
            payload = payload[(at + pattern.Length)..];
        }
    }
}
