using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Crypto.Envelopes;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Tells devices of a Revoke when no session with them is left: they were removed, or this device left their circle. Sealed
/// in the commit of the Revoke and kept, so that neither a crash nor a night without network leaves anybody who does not know.
/// A mailbox that took it is no proof either: a relay may lose it, or change a bit. So it is said again, ever more rarely, until
/// the device shows that it knows, or the time is over.
/// </summary>
internal sealed class Farewells(AgentPorts ports, Device device)
{
    /// <summary>Between two tries of what no path took; doubles up to an hour, and starts again when a path comes back.</summary>
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(1);

    /// <summary>Before what a mailbox took is said again; doubles each time, which makes ten times in all.</summary>
    private static readonly TimeSpan FirstAgain = TimeSpan.FromMinutes(10);

    private readonly ILogger _log = ports.Logs.CreateLogger<Farewells>();
    private readonly EnvelopeSealer _sealer = new(ports.Random);
    private readonly Wake _wake = new(ports.Time);
    private readonly Dictionary<MessageId, (DateTimeOffset At, TimeSpan After)> _again = [];
    private TimeSpan _rest = FirstRest;

    /// <summary>There is one to send, or a path came back.</summary>
    public void Wake()
    {
        _rest = FirstRest;
        _wake.Ring();
    }

    /// <summary>
    /// The whole roster of <paramref name="circle"/> for each of these devices, in a session of its own that nobody keeps.
    /// Left out are those whose prekey is too old: they would not open it.
    /// </summary>
    public IEnumerable<StoreWrite> Seal(CircleState circle, IEnumerable<DeviceCard> to)
    {
        var introduction = Device.IntroductionIn(circle);
        foreach (var card in to)
        {
            var id = new byte[MessageId.Size];
            ports.Random.Fill(id);
            var body = new EnvelopePlaintext
            {
                MessageId = Google.Protobuf.ByteString.CopyFrom(id),
                RosterDigest = Google.Protobuf.ByteString.CopyFrom(circle.Roster.Digest.Span),
                SentAtMs = device.Now.ToUnixTimeMilliseconds(),
                Roster = new RosterUpdate { Roster = circle.Roster.ToWire() },
            };
            using var once = new PeerSessions();
            var result = _sealer.Seal(once, device.Key, circle.Id, card.Card, introduction, body, device.Now);
            if (result.Status != SealStatus.Sealed)
            {
                continue;
            }
            foreach (var address in card.Addresses)
            {
                var row = new byte[MessageId.Size];
                ports.Random.Fill(row);
                _ = MessageId.TryFrom(row, out var message);
                yield return new InsertFarewell(
                    new Farewell(message, address, card.DoorOf(address), result.Envelope, device.Now)
                );
            }
        }
    }

    /// <summary>A device that was a member shows that it knows that it is none.</summary>
    public async ValueTask ConfirmAsync(DeviceId device, CancellationToken cancellation)
    {
        var said = await ports.Store.FarewellsAsync(cancellation);
        List<StoreWrite> writes =
        [
            .. said.Where(farewell => farewell.To.Peer == device)
                .Select(farewell => new EraseFarewell(farewell.Message)),
        ];
        if (writes.Count > 0)
        {
            await ports.Store.CommitAsync(StoreStep.EndFarewell, writes, cancellation);
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var next = _rest;
            try
            {
                next = await SendAsync(cancellation);
            }
            catch (StoreException failure)
            {
                _log.WorkFailed("A farewell", failure);
            }
            _rest = _rest + _rest < LongestRest ? _rest + _rest : LongestRest;
            await _wake.WaitAsync(next, cancellation);
        }
    }

    /// <summary>How long until there is something to say again, or to try again.</summary>
    private async ValueTask<TimeSpan> SendAsync(CancellationToken cancellation)
    {
        var next = LongestRest;
        var farewells = await ports.Store.FarewellsAsync(cancellation);
        foreach (var over in _again.Keys.Except(farewells.Select(farewell => farewell.Message)).ToList())
        {
            _again.Remove(over);
        }
        foreach (var farewell in farewells)
        {
            var known = _again.TryGetValue(farewell.Message, out var again);
            if (!known || again.At <= device.SteadyNow)
            {
                var sent = await ports.Network.SendToAsync(
                    farewell.To,
                    farewell.Guest,
                    farewell.Envelope,
                    Limits.Delivery,
                    cancellation
                );
                _log.FarewellSent(farewell.To.Peer.Short, sent.Status.ToString());
                // A farewell that no path takes whole will not shrink: it waits for the time to be over.
                if (sent.Status is not (SendStatus.Accepted or SendStatus.TooLarge))
                {
                    next = _rest < next ? _rest : next;
                    continue;
                }
                var after = known ? again.After * 2 : FirstAgain;
                again = (device.SteadyNow + after, after);
                _again[farewell.Message] = again;
            }
            var left = again.At - device.SteadyNow;
            next = left < next ? left : next;
        }
        return next;
    }
}
