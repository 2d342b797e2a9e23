using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Crypto.Envelopes;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Tells devices of a Revoke when no session with them is left: they were removed, or this device left their circle. Sealed
/// in the commit of the Revoke and kept until their mailboxes have it, so that neither a crash nor a night without network
/// leaves anybody who does not know.
/// </summary>
internal sealed class Farewells(AgentPorts ports, Device device)
{
    /// <summary>Between two tries of what no path took; doubles up to an hour, and starts again when a path comes back.</summary>
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestRest = TimeSpan.FromHours(1);

    private readonly ILogger _log = ports.Logs.CreateLogger<Farewells>();
    private readonly EnvelopeSealer _sealer = new(ports.Random);
    private readonly Wake _wake = new(ports.Time);
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
                yield return new InsertFarewell(new Farewell(message, address, result.Envelope, device.Now));
            }
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var left = true;
            try
            {
                left = await SendAsync(cancellation);
            }
            catch (StoreException failure)
            {
                _log.WorkFailed("A farewell", failure);
            }
            var rest = left ? _rest : LongestRest;
            _rest = _rest + _rest < LongestRest ? _rest + _rest : LongestRest;
            await _wake.WaitAsync(rest, cancellation);
        }
    }

    /// <summary>True if some could not be sent.</summary>
    private async ValueTask<bool> SendAsync(CancellationToken cancellation)
    {
        var left = false;
        foreach (var farewell in await ports.Store.FarewellsAsync(cancellation))
        {
            var sent = await ports.Network.SendToAsync(farewell.To, farewell.Envelope, Limits.Delivery, cancellation);
            _log.FarewellSent(farewell.To.Peer.Short, sent.Status.ToString());
            if (sent.Status is SendStatus.Accepted or SendStatus.TooLarge)
            {
                await ports.Store.CommitAsync(
                    StoreStep.SendFarewell,
                    [new EraseFarewell(farewell.Message)],
                    cancellation
                );
            }
            else
            {
                left = true;
            }
        }
        return left;
    }
}
