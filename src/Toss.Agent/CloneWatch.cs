using System.Globalization;
using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Notices that this device's folder was put back from an old copy, or that a copy of it runs elsewhere: a peer has a newer
/// Card of this device than it made, or received more than it sent, or somebody else logs in to its mailbox. The sessions
/// are given up, since two states of one must not go on side by side; if it recurs, everybody is told that it runs twice.
/// </summary>
internal sealed class CloneWatch(
    AgentPorts ports,
    Device device,
    DeviceKeeper keeper,
    SealStep sealing,
    Courier courier
)
{
    /// <summary>Settings; the values are Unix milliseconds.</summary>
    private const string Noticed = "copy-noticed";
    private const string Twice = "runs-twice";

    /// <summary>What one start of a copy shows; a sign after it is another one.</summary>
    private static readonly TimeSpan OneSign = TimeSpan.FromMinutes(1);

    /// <summary>Two logins by somebody else in this time are no accident of a network that changed.</summary>
    private static readonly TimeSpan LoginsWithin = TimeSpan.FromHours(1);

    /// <summary>After this long without another sign it is over.</summary>
    private static readonly TimeSpan Over = TimeSpan.FromDays(7);

    private readonly ILogger _log = ports.Logs.CreateLogger<CloneWatch>();
    private readonly Wake _wake = new(ports.Time);
    private readonly Queue<DateTimeOffset> _logins = [];
    private ulong _newestCard;
    private bool _sign;
    private bool _sure;

    /// <summary>Whether this record says that a copy runs elsewhere; goes into its Card.</summary>
    public static bool RunsTwice(DeviceRecord record, DateTimeOffset now) =>
        record.Settings.TryGetValue(Twice, out var at) && now - Read(at) < Over;

    /// <summary>A peer holds a Card of this device that this one did not make.</summary>
    public void SeesCard(DeviceCard card)
    {
        if (
            card.Device == device.Id
            && device.Circle.CardOf(device.Id) is { } own
            && (
                card.Version > own.Version || (card.Version == own.Version && !card.Signed.Body.Equals(own.Signed.Body))
            )
        )
        {
            _newestCard = Math.Max(_newestCard, card.Version);
            Ring();
        }
    }

    /// <summary>A peer counts the envelopes it received; those this device sealed for it can only be more.</summary>
    public void SeesCount(ulong received, ulong sent)
    {
        if (received > sent)
        {
            Ring();
        }
    }

    /// <summary>A relay ended the connection because somebody logged in with the same mailbox key.</summary>
    public void SeesLogin()
    {
        while (_logins.TryPeek(out var first) && device.SteadyNow - first > LoginsWithin)
        {
            _logins.Dequeue();
        }
        _logins.Enqueue(device.SteadyNow);
        if (_logins.Count >= 2)
        {
            _sure = true;
            Ring();
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            while (!_sign)
            {
                await _wake.WaitAsync(cancellation);
            }
            var sure = _sure;
            (_sign, _sure) = (false, false);
            try
            {
                await ActAsync(sure, cancellation);
            }
            catch (StoreException failure)
            {
                // The next sign is acted on.
                _log.WorkFailed("Giving up a copied state", failure);
            }
        }
    }

    private async ValueTask ActAsync(bool sure, CancellationToken cancellation)
    {
        var now = device.Now;
        DateTimeOffset? first = device.Record.Settings.TryGetValue(Noticed, out var at) ? Read(at) : null;
        var known = first is { } noticed && now - noticed < Over;
        if (known && !sure && now - first < OneSign)
        {
            return;
        }
        var twice = sure || known;
        if (twice && RunsTwice(device.Record, now))
        {
            // Said already; two that each drop what the other began would never come to anything.
            return;
        }
        _log.Copied(twice);
        if (!known)
        {
            foreach (var peer in device.Circle.Peers)
            {
                var open = await ports.Store.UnansweredDeliveriesAsync(peer.Device, cancellation);
                await sealing.RenewAsync(peer.Device, open, cancellation);
            }
        }
        await keeper.AnnounceAsync(
            StoreStep.DropSessions,
            record =>
            {
                var settings = new Dictionary<string, string>(record.Settings);
                settings.TryAdd(Noticed, Write(now));
                if (twice)
                {
                    settings[Twice] = Write(now);
                }
                else
                {
                    settings[Noticed] = Write(now);
                }
                return record with { CardVersion = Math.Max(record.CardVersion, _newestCard), Settings = settings };
            },
            cancellation
        );
        courier.Wake();
    }

    private void Ring()
    {
        _sign = true;
        _wake.Ring();
    }

    private static string Write(DateTimeOffset at) =>
        at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    private static DateTimeOffset Read(string at) =>
        UnixTime.Of(long.TryParse(at, CultureInfo.InvariantCulture, out var ms) ? ms : 0);
}
