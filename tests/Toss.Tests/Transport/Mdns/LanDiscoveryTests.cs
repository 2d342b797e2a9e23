using System.Net;
using Toss.Crypto.Links;
using Toss.Testing;
using Toss.Transport.Mdns;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Transport.Mdns;

/// <summary>Companions find each other on a network, and strangers learn nothing that lasts.</summary>
public sealed class LanDiscoveryTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly List<Device> _devices = [];
    private readonly List<(DateTimeOffset At, Device By, byte[] Bytes)> _said = [];
    private DateTimeOffset _now = Noon;

    [Fact]
    public void Companions_see_each_other_where_they_listen_and_a_stranger_is_nobody()
    {
        var (a, b, stranger) = (Add(1), Add(2), Add(3));
        Befriend(a, b);
        Show(stranger);
        Run(TimeSpan.FromSeconds(5));
        Assert.Equal([IPEndPoint.Parse("192.168.1.2:1002")], a.Seen[b.Id]);
        Assert.Equal([IPEndPoint.Parse("192.168.1.1:1001")], b.Seen[a.Id]);
        Assert.Empty(stranger.Seen);
        Assert.DoesNotContain(stranger.Id, a.Seen.Keys);
    }

    [Fact]
    public void A_companion_that_knows_a_former_key_only_sees_the_device_for_as_long_as_it_shows_that()
    {
        var (a, b) = (Add(1), Add(2));
        a.Friends.Add(new LanPeer(b.Id, b.Key));
        b.FormerKeys.Add(b.Key);
        b.Key = [.. b.Key.Select(static one => (byte)~one)];
        b.Friends.Add(new LanPeer(a.Id, a.Key));
        Show(a);
        Show(b);
        Run(TimeSpan.FromSeconds(5));
        Assert.Equal([IPEndPoint.Parse("192.168.1.2:1002")], a.Seen[b.Id]);
        // And through the change of the hour.
        Run(2 * Hour);
        Assert.NotEmpty(a.Seen[b.Id]);

        b.FormerKeys.Clear();
        Show(b);
        Run(TimeSpan.FromSeconds(5));
        Assert.Empty(a.Seen[b.Id]);
        Assert.NotEmpty(b.Seen[a.Id]);
    }

    [Theory]
    [InlineData(25)]
    [InlineData(-25)]
    public void Clocks_may_differ_by_almost_half_an_hour_for_as_long_as_they_run(int minutes)
    {
        var (a, b) = (Add(1), Add(2));
        b.Ahead = TimeSpan.FromMinutes(minutes);
        Befriend(a, b);
        for (var quarter = 0; quarter < 40; quarter++)
        {
            Run(Hour / 4);
            Assert.NotEmpty(a.Seen[b.Id]);
            Assert.NotEmpty(b.Seen[a.Id]);
        }
    }

    [Fact]
    public void Nothing_that_is_shown_in_one_hour_is_shown_two_hours_later()
    {
        var (a, b) = (Add(1), Add(2));
        Befriend(a, b);
        Run(6 * Hour);
        var shown = _said
            .Select(said => (said.At, Labels: LabelsOf(said.Bytes)))
            .SelectMany(said => said.Labels.Select(label => (label, said.At)))
            .GroupBy(one => one.label)
            .Select(group => (group.Key, Lasts: group.Max(one => one.At) - group.Min(one => one.At)))
            .ToList();
        Assert.True(shown.Count > 10);
        Assert.All(shown, one => Assert.True(one.Lasts <= Hour + TimeSpan.FromMinutes(1), $"{one}"));
        // And all the while they see each other.
        Assert.NotEmpty(a.Seen[b.Id]);
    }

    /// <summary>It may wake in another network, where a good-bye would be all that connects the two.</summary>
    [Fact]
    public void A_device_that_slept_through_hours_says_nothing_more_of_what_it_showed_before()
    {
        var (a, b) = (Add(1), Add(2));
        Befriend(a, b);
        Run(TimeSpan.FromSeconds(5));
        var before = _said.SelectMany(said => LabelsOf(said.Bytes)).ToHashSet();
        Assert.NotEmpty(before);
        _said.Clear();

        _now += 2 * Hour; // nobody was there to do anything
        a.Discovery.HandleTimeout(_now, _now);
        b.Discovery.HandleTimeout(_now, _now);
        Run(TimeSpan.FromMinutes(5));
        Assert.Empty(before.Intersect(_said.SelectMany(said => LabelsOf(said.Bytes))));
        Assert.NotEmpty(a.Seen[b.Id]);
    }

    [Fact]
    public void Not_all_change_at_the_same_minute()
    {
        var devices = Enumerable.Range(1, 8).Select(host => Add((byte)host)).ToList();
        devices.ForEach(Show);
        Run(TimeSpan.FromMinutes(1));
        _said.Clear();
        Run(Hour);
        var changes = devices
            .Select(device => _said.First(said => said.By == device && IsGoodBye(said.Bytes)).At.Minute)
            .Distinct();
        Assert.InRange(changes.Count(), 5, 8);
    }

    [Fact]
    public void A_slot_is_shown_while_the_pairing_is_open_and_found_by_who_seeks_it()
    {
        var (inviter, joiner) = (Add(1), Add(2));
        var slot = "123"u8.ToArray();
        inviter.Discovery.OpenSlot(slot, new LanPorts(77, 0), _now);
        Run(TimeSpan.FromSeconds(3));
        joiner.Discovery.SeekSlot("124"u8.ToArray(), _now);
        Run(TimeSpan.FromSeconds(3));
        Assert.Empty(joiner.Slots);
        joiner.Discovery.SeekSlot(slot, _now);
        Run(TimeSpan.FromSeconds(3));
        Assert.Equal([IPEndPoint.Parse("192.168.1.1:77")], Assert.Single(joiner.Slots).EndPoints);

        inviter.Discovery.CloseSlot(slot);
        Run(TimeSpan.FromSeconds(3));
        joiner.Discovery.LeaveSlot(slot);
        joiner.Slots.Clear();
        joiner.Discovery.SeekSlot(slot, _now);
        Run(TimeSpan.FromSeconds(3));
        Assert.Empty(joiner.Slots);
    }

    [Fact]
    public void A_device_that_goes_says_so_and_one_that_moves_is_seen_at_its_new_place()
    {
        var (a, b) = (Add(1), Add(2));
        Befriend(a, b);
        Run(TimeSpan.FromSeconds(5));
        b.Lan = Lan(99);
        b.Discovery.SetInterfaces([b.Lan], _now);
        Run(TimeSpan.FromSeconds(5));
        Assert.Equal(IPEndPoint.Parse("192.168.1.99:1002"), a.Seen[b.Id][0]);

        b.Discovery.SetBeacon(null, _now, _now);
        Run(TimeSpan.FromSeconds(5));
        // Its old place is dead, and nobody said so; it will be forgotten in its time.
        Assert.DoesNotContain(IPEndPoint.Parse("192.168.1.99:1002"), a.Seen[b.Id]);
    }

    [Fact]
    public void Whoever_repeats_a_tag_is_one_more_address_and_not_the_only_one()
    {
        var (a, b, liar) = (Add(1), Add(2), Add(3));
        Befriend(a, b);
        Run(TimeSpan.FromSeconds(5));
        var tag = System.Text.Encoding.ASCII.GetBytes(
            "t=" + Convert.ToHexStringLower(BeaconTag.Make(b.Key, BeaconTag.HourOf(_now)))
        );
        var session = new MdnsSession(liar.Lan, new SeededRandomSource(9));
        session.Publish(new MdnsService(MdnsNames.Links, 666, tag), _now);
        for (var i = 0; i < 30; i++)
        {
            Run(TimeSpan.FromMilliseconds(250));
            session.HandleTimeout(_now);
            while (session.TryPollTransmit(out var transmit))
            {
                Carry(liar, transmit.Bytes);
            }
        }
        Assert.Equal(["192.168.1.3:666", "192.168.1.2:1002"], a.Seen[b.Id].Select(one => one.ToString()));
    }

    /// <summary>The figure: what twenty devices on one network say to all, each an hour, once they know one another.</summary>
    [Fact]
    public void Twenty_devices_say_less_than_twenty_things_an_hour_each()
    {
        var devices = Enumerable.Range(1, 20).Select(host => Add((byte)host)).ToList();
        devices.ForEach(a => devices.ForEach(b => Befriend(a, b)));
        Run(Hour);
        Assert.All(devices, device => Assert.Equal(19, device.Seen.Count(seen => seen.Value.Count > 0)));
        var first = _said.Count / 20.0;
        _said.Clear();
        Run(10 * Hour);
        var later = _said.Count / 20.0 / 10;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"packets each: {first} in the first hour, then {later} an hour"
        );
        Assert.All(devices, device => Assert.Equal(19, device.Seen.Count(seen => seen.Value.Count > 0)));
        Assert.InRange(first, 1, 30);
        Assert.InRange(later, 1, 20);
    }

    private Device Add(byte host)
    {
        var device = new Device(host, Lan(host));
        device.Discovery.SetInterfaces([device.Lan], _now);
        _devices.Add(device);
        return device;
    }

    private static LanInterface Lan(byte host) =>
        new(1, IsV6: false, [new LanAddress(new IPAddress([192, 168, 1, host]), 24)]);

    private void Befriend(Device a, Device b)
    {
        if (a != b)
        {
            a.Friends.Add(new LanPeer(b.Id, b.Key));
            b.Friends.Add(new LanPeer(a.Id, a.Key));
        }
        Show(a);
        Show(b);
    }

    private void Show(Device device) =>
        device.Discovery.SetBeacon(
            new LanBeacon(
                [device.Key, .. device.FormerKeys],
                new LanPorts((ushort)(1000 + device.Host), 0),
                [.. device.Friends]
            ),
            _now,
            _now + device.Ahead
        );

    private void Run(TimeSpan time)
    {
        var end = _now + time;
        Drain();
        while (_devices.Min(device => device.Discovery.NextTimeout(_now)) is { } next && next <= end)
        {
            _now = next > _now ? next : _now;
            foreach (var device in _devices)
            {
                device.Discovery.HandleTimeout(_now, _now + device.Ahead);
            }
            Drain();
        }
        _now = end;
    }

    private void Drain()
    {
        for (var spoke = true; spoke; )
        {
            spoke = false;
            foreach (var device in _devices)
            {
                while (device.Discovery.TryPollTransmit(out _, out var transmit))
                {
                    spoke = true;
                    Carry(device, transmit.Bytes);
                }
            }
        }
        foreach (var device in _devices)
        {
            while (device.Discovery.TryPollEvent(out var happened))
            {
                if (happened is LanEvent.PeerSeen seen)
                {
                    device.Seen[seen.Peer] = seen.EndPoints;
                }
                else if (happened is LanEvent.SlotSeen slot)
                {
                    device.Slots.Add(slot);
                }
            }
        }
    }

    private void Carry(Device by, ReadOnlyMemory<byte> bytes)
    {
        _said.Add((_now, by, bytes.ToArray()));
        var from = new IPEndPoint(by.Lan.Addresses[0].Address, MdnsNames.Port);
        foreach (var device in _devices)
        {
            device.Discovery.HandleDatagram(device.Lan, bytes.Span, from, _now);
        }
    }

    /// <summary>All that is drawn or derived: names' first labels, and tags.</summary>
    private static IEnumerable<string> LabelsOf(byte[] bytes) =>
        DnsReader.TryRead(bytes, out var message)
            ? message
                .Answers.Concat(message.Authorities)
                .Concat(message.Additionals)
                .SelectMany(record =>
                    new[]
                    {
                        System.Text.Encoding.Latin1.GetString(record.Name.Label),
                        record.TryReadText("t"u8, out var tag) ? System.Text.Encoding.Latin1.GetString(tag.Span) : "_",
                    }
                )
                .Where(label => !label.StartsWith('_'))
            : [];

    private static bool IsGoodBye(byte[] bytes) =>
        DnsReader.TryRead(bytes, out var message) && message.Answers.Exists(record => record.Ttl == 0);

    private sealed class Device(byte host, LanInterface lan)
    {
        public byte Host { get; } = host;

        public byte[] Key { get; set; } = [.. Enumerable.Repeat(host, 16)];

        public List<ReadOnlyMemory<byte>> FormerKeys { get; } = [];

        public DeviceId Id { get; } = new(0, host);

        public LanInterface Lan { get; set; } = lan;

        public TimeSpan Ahead { get; set; }

        public LanDiscovery Discovery { get; } = new(new SeededRandomSource(host));

        public HashSet<LanPeer> Friends { get; } = [];

        public Dictionary<DeviceId, IReadOnlyList<IPEndPoint>> Seen { get; } = [];

        public List<LanEvent.SlotSeen> Slots { get; } = [];
    }
}
