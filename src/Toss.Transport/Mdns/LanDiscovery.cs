using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Toss.Crypto;
using Toss.Crypto.Links;
using Toss.Wire;

namespace Toss.Transport.Mdns;

/// <summary>
/// Finds companions, and newcomers their inviter, on the networks of this machine without any server: docs/protocol/discovery.md.
/// <para>
/// On each interface it shows a service with drawn names, whose TXT record is the beacon tag of the hour and nothing else;
/// whoever has this device's Card knows the tag. Each hour it is taken back and another one shown, under other names, at a
/// minute of the hour that is drawn once: nobody sees all devices of a network change together. While a pairing is open
/// there is another service, with the slot of the code.
/// </para>
/// Contract: not thread-safe. Mutate once, then poll transmits and events until both say no; <see cref="NextTimeout"/> says
/// when to call <see cref="HandleTimeout"/>. `now` is steady; `circleNow` is the circle's clock, which gives the hour.
/// </summary>
public sealed class LanDiscovery(IRandomSource random)
{
    /// <summary>Interfaces, each in two families, that are looked at: more than a machine has, but for those of containers.</summary>
    public const int MostInterfaces = 16;

    /// <summary>Addresses that one instance may have us dial.</summary>
    private const int MostEndPoints = 4;

    /// <summary>Beside the slots, which are hexadecimal, among what is published; with a number, one for each key.</summary>
    private const string Beacon = "beacon ";

    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private readonly List<MdnsSession> _sessions = [];
    private readonly Dictionary<(MdnsSession, DnsName), LanSighting> _sightings = [];
    private readonly Dictionary<DeviceId, IReadOnlyList<IPEndPoint>> _told = [];
    private readonly CompanionTags _tags = new();
    private readonly Dictionary<string, (ReadOnlyMemory<byte> Slot, LanPorts Ports)> _open = new(
        StringComparer.Ordinal
    );
    private readonly HashSet<string> _sought = new(StringComparer.Ordinal);
    private readonly Dictionary<(MdnsSession Session, string What), MdnsService> _published = [];
    private readonly Queue<LanEvent> _events = new();
    private readonly TimeSpan _minute = DrawMinute(random);
    private LanBeacon? _beacon;
    private long _hour = long.MinValue;
    private DateTimeOffset _turnsAt = DateTimeOffset.MaxValue;
    private int _order;

    /// <summary>Instances known, of all interfaces.</summary>
    public int Known => _sessions.Sum(static session => session.Known);

    /// <summary>The interfaces there are now, the likeliest first. One that is as it was goes on as it did.</summary>
    public void SetInterfaces(IReadOnlyList<LanInterface> interfaces, DateTimeOffset now)
    {
        var wanted = interfaces.Where(static lan => lan.Addresses.Count > 0).Take(MostInterfaces).ToList();
        var before = _sessions.ToList();
        _sessions.Clear();
        foreach (var lan in wanted)
        {
            var known = before.Find(session => session.Lan.IsSameAs(lan));
            _sessions.Add(known ?? new MdnsSession(lan, random));
        }
        foreach (var gone in before.Except(_sessions).ToList())
        {
            foreach (var lost in _sightings.Keys.Where(key => key.Item1 == gone).ToList())
            {
                _sightings.Remove(lost);
            }
            foreach (var old in _published.Keys.Where(key => key.Session == gone).ToList())
            {
                _published.Remove(old);
            }
        }
        foreach (var session in _sessions.Except(before))
        {
            Begin(session, now);
        }
        TellPeers();
    }

    /// <summary>Whom to show and whom to look for; null: neither.</summary>
    public void SetBeacon(LanBeacon? beacon, DateTimeOffset now, DateTimeOffset circleNow)
    {
        var isOther = _beacon is null || beacon is null || !_beacon.ShowsSameAs(beacon);
        _beacon = beacon;
        _tags.Clear();
        if (isOther)
        {
            _hour = long.MinValue;
            _told.Clear();
            foreach (var session in _sessions)
            {
                StopBeacon(session, session.Withdraw);
                SeekOrNot(session, MdnsNames.Links, beacon is not null, now);
            }
        }
        Turn(now, circleNow);
    }

    /// <summary>A pairing is open: whoever seeks this slot finds it.</summary>
    public void OpenSlot(ReadOnlyMemory<byte> slot, LanPorts ports, DateTimeOffset now)
    {
        _open[KeyOf(slot.Span)] = (slot, ports);
        foreach (var session in _sessions)
        {
            ShowSlot(session, slot, ports, now);
        }
    }

    public void CloseSlot(ReadOnlyMemory<byte> slot)
    {
        if (_open.Remove(KeyOf(slot.Span)))
        {
            _sessions.ForEach(session => Stop(session, KeyOf(slot.Span)));
        }
    }

    /// <summary>Looks for who shows this slot, until <see cref="LeaveSlot"/>.</summary>
    public void SeekSlot(ReadOnlyMemory<byte> slot, DateTimeOffset now)
    {
        _sought.Add(KeyOf(slot.Span));
        _sessions.ForEach(session => session.Seek(MdnsNames.Pairing, now));
        foreach (var sighting in _sightings.Values.Where(static one => one.IsPairing).ToList())
        {
            TellSlot(sighting);
        }
    }

    public void LeaveSlot(ReadOnlyMemory<byte> slot)
    {
        _sought.Remove(KeyOf(slot.Span));
        if (_sought.Count == 0)
        {
            _sessions.ForEach(static session => session.Unseek(MdnsNames.Pairing));
            Drain();
        }
    }

    /// <returns>False if it was not looked at.</returns>
    public bool HandleDatagram(LanInterface lan, ReadOnlySpan<byte> bytes, IPEndPoint from, DateTimeOffset now)
    {
        if (_sessions.Find(session => session.Lan == lan)?.HandleDatagram(bytes, from, now) != true)
        {
            return false;
        }
        Drain();
        return true;
    }

    public void HandleTimeout(DateTimeOffset now, DateTimeOffset circleNow)
    {
        // After a sleep the circle's clock is ahead of what was counted.
        if (_turnsAt <= now || (_beacon is not null && BeaconTag.HourOf(circleNow + _minute) != _hour))
        {
            Turn(now, circleNow);
        }
        foreach (var session in _sessions)
        {
            session.HandleTimeout(now);
        }
        Drain();
    }

    public DateTimeOffset? NextTimeout(DateTimeOffset now)
    {
        DateTimeOffset? next = _turnsAt < DateTimeOffset.MaxValue ? _turnsAt : null;
        foreach (var session in _sessions)
        {
            if (session.NextTimeout(now) is { } due && (next is null || due < next))
            {
                next = due;
            }
        }
        return next;
    }

    public bool TryPollTransmit(
        [NotNullWhen(true)] out LanInterface? lan,
        [NotNullWhen(true)] out MdnsTransmit? transmit
    )
    {
        foreach (var session in _sessions)
        {
            if (session.TryPollTransmit(out transmit))
            {
                lan = session.Lan;
                return true;
            }
        }
        (lan, transmit) = (null, null);
        return false;
    }

    public bool TryPollEvent([NotNullWhen(true)] out LanEvent? happened) => _events.TryDequeue(out happened);

    private void Begin(MdnsSession session, DateTimeOffset now)
    {
        SeekOrNot(session, MdnsNames.Links, _beacon is not null, now);
        SeekOrNot(session, MdnsNames.Pairing, _sought.Count > 0, now);
        ShowBeacon(session, now);
        foreach (var (slot, ports) in _open.Values)
        {
            ShowSlot(session, slot, ports, now);
        }
    }

    /// <summary>The hour that is shown may be over, and the hours that are looked for.</summary>
    private void Turn(DateTimeOffset now, DateTimeOffset circleNow)
    {
        if (_beacon is null)
        {
            _turnsAt = DateTimeOffset.MaxValue;
            _tags.Clear();
            TellPeers();
            return;
        }
        // Half an hour to either side: with the hour before and after, companions' clocks may differ by as much again.
        var shown = BeaconTag.HourOf(circleNow + _minute);
        if (shown != _hour)
        {
            // After a sleep the network may be another, where a good-bye would be news: and yesterday's names are told to nobody.
            var isNext = shown == _hour + 1;
            _hour = shown;
            foreach (var session in _sessions)
            {
                StopBeacon(session, isNext ? session.Withdraw : session.Forget);
                ShowBeacon(session, now);
            }
        }
        _tags.Turn(_beacon.Peers, circleNow);
        TellPeers();
        _turnsAt = now + Sooner(UntilNextHour(circleNow), UntilNextHour(circleNow + _minute));
    }

    private void ShowBeacon(MdnsSession session, DateTimeOffset now)
    {
        if (_beacon is { } beacon && _hour != long.MinValue && beacon.Ports.Of(session.Lan.IsV6) is > 0 and var port)
        {
            for (var i = 0; i < beacon.Keys.Count; i++)
            {
                var tag = Encoding.ASCII.GetBytes("t=" + CompanionTags.Write(beacon.Keys[i].Span, _hour));
                Show(session, Beacon + i, MdnsNames.Links, port, tag, now);
            }
        }
    }

    private void StopBeacon(MdnsSession session, Action<MdnsService> stop)
    {
        for (var i = 0; _published.Remove((session, Beacon + i), out var service); i++)
        {
            stop(service);
        }
    }

    private void ShowSlot(MdnsSession session, ReadOnlyMemory<byte> slot, LanPorts ports, DateTimeOffset now)
    {
        if (ports.Of(session.Lan.IsV6) is > 0 and var port)
        {
            Show(session, KeyOf(slot.Span), MdnsNames.Pairing, port, [.. "s="u8, .. slot.Span], now);
        }
    }

    private void Show(MdnsSession session, string what, DnsName type, ushort port, byte[] text, DateTimeOffset now)
    {
        var service = new MdnsService(type, port, text);
        _published[(session, what)] = service;
        session.Publish(service, now);
    }

    private void Stop(MdnsSession session, string what)
    {
        if (_published.Remove((session, what), out var service))
        {
            session.Withdraw(service);
        }
    }

    private static void SeekOrNot(MdnsSession session, DnsName type, bool seeks, DateTimeOffset now)
    {
        if (seeks)
        {
            session.Seek(type, now);
        }
        else
        {
            session.Unseek(type);
        }
    }

    private void Drain()
    {
        var changed = false;
        foreach (var session in _sessions)
        {
            while (session.TryPollEvent(out var happened))
            {
                switch (happened)
                {
                    case MdnsEvent.Found found when Read(session, found) is { } sighting:
                        _sightings[(session, found.Instance)] = sighting;
                        changed |= IsOfPeer(sighting);
                        TellSlot(sighting);
                        break;
                    case MdnsEvent.Lost lost when _sightings.Remove((session, lost.Instance), out var gone):
                        changed |= IsOfPeer(gone);
                        break;
                }
            }
        }
        if (changed)
        {
            TellPeers();
        }
    }

    private bool IsOfPeer(LanSighting sighting) => !sighting.IsPairing && _tags.PeerOf(sighting.Shown.Span) is not null;

    private LanSighting? Read(MdnsSession session, MdnsEvent.Found found)
    {
        var isPairing = found.Type.Equals(MdnsNames.Pairing);
        return found.Text.TryReadText(isPairing ? "s"u8 : "t"u8, out var shown) && shown.Length <= 2 * BeaconTag.Size
            ? new LanSighting(
                session,
                found.Instance,
                isPairing,
                shown,
                [.. found.EndPoints.Take(MostEndPoints)],
                _order++
            )
            : null;
    }

    private void TellSlot(LanSighting sighting)
    {
        if (sighting.IsPairing && _sought.Contains(KeyOf(sighting.Shown.Span)))
        {
            sighting.Session.Keep(sighting.Instance);
            _events.Enqueue(new LanEvent.SlotSeen(sighting.Shown, sighting.EndPoints));
        }
    }

    /// <summary>Of each companion what is new. Newest sightings first, on the likeliest interface first.</summary>
    private void TellPeers()
    {
        var seen = new Dictionary<DeviceId, List<IPEndPoint>>();
        foreach (var session in _sessions)
        {
            foreach (
                var sighting in _sightings
                    .Values.Where(one => one.Session == session && !one.IsPairing)
                    .OrderByDescending(static one => one.Order)
            )
            {
                if (_tags.PeerOf(sighting.Shown.Span) is not { } peer)
                {
                    continue;
                }
                session.Keep(sighting.Instance);
                if (!seen.TryGetValue(peer, out var endPoints))
                {
                    seen.Add(peer, endPoints = []);
                }
                endPoints.AddRange(sighting.EndPoints.Except(endPoints));
            }
        }
        foreach (var peer in seen.Keys.Union(_told.Keys).Order().ToList())
        {
            IReadOnlyList<IPEndPoint> now = seen.TryGetValue(peer, out var found)
                ? [.. found.Take(Limits.Candidates)]
                : [];
            if (!now.SequenceEqual(_told.GetValueOrDefault(peer, [])))
            {
                _events.Enqueue(new LanEvent.PeerSeen(peer, now));
            }
            _told[peer] = now;
            if (now.Count == 0)
            {
                _told.Remove(peer);
            }
        }
    }

    private static string KeyOf(ReadOnlySpan<byte> slot) => Convert.ToHexString(slot);

    private static TimeSpan UntilNextHour(DateTimeOffset at) =>
        s_hour - TimeSpan.FromTicks(at.UtcTicks % s_hour.Ticks) + TimeSpan.FromMilliseconds(1);

    private static TimeSpan Sooner(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan DrawMinute(IRandomSource random)
    {
        Span<byte> drawn = stackalloc byte[2];
        random.Fill(drawn);
        var part = BitConverter.ToUInt16(drawn) / (double)ushort.MaxValue;
        return (s_hour * part) - (s_hour / 2);
    }
}
