using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Shows and changes the rules by which this device shares: <see cref="SharingRules"/>.</summary>
internal sealed class RuleKeeper(AgentPorts ports, Device device, DeviceKeeper keeper)
{
    /// <summary>In place of a word of <see cref="Sharing"/>: the entry is taken back.</summary>
    private const string Default = "default";

    private const int LargestLimit = (int)(Limits.Clip / 1024 / 1024);

    public IReadOnlyList<RuleReport> Report() =>
        [
            .. device.Rules.Entries.Select(rule => Report(rule.Key, SharingRules.Word(rule.Value), null)),
            .. device.Rules.Sizes.Select(limit => Report(limit.Key, null, limit.Value)),
        ];

    /// <summary>
    /// Rows that wait for a peer which would not get them any more go with the change: what a rule keeps here is not sealed
    /// from that moment on. What was sent by hand waits on, unless its rule is `never` now.
    /// </summary>
    public ValueTask<bool> SetAsync(SetRuleRequest request, DeviceId? peer, CancellationToken cancellation)
    {
        var (place, sharing) = Read(request, peer);
        return ChangeAsync(
            record =>
            {
                var before = SharingRules.Read(record.Settings);
                var after = before;
                if (request.Sharing is not null)
                {
                    after = after.With(place, sharing);
                }
                if (request.MaxMiB is { } limit)
                {
                    after = after.WithSize(place, limit == 0 ? null : limit);
                }
                if (after.Count > SharingRules.Most && after.Count > before.Count)
                {
                    throw new ControlException(
                        ControlErrors.InvalidConfig,
                        $"There are {SharingRules.Most} rules already.",
                        "Take some back with `default`, or all with `toss rules reset`."
                    );
                }
                return record with { Settings = after.WriteTo(record.Settings) };
            },
            cancellation
        );
    }

    /// <summary>Any change of the settings that may be one of the rules too, with what follows from it for rows that wait.</summary>
    public ValueTask<bool> ChangeAsync(Func<DeviceRecord, DeviceRecord> change, CancellationToken cancellation) =>
        keeper.WithRecordAsync<bool>(
            async record =>
            {
                var next = change(record);
                var (before, after) = (SharingRules.Read(record.Settings), SharingRules.Read(next.Settings));
                List<StoreWrite> writes = [new PutDevice(next)];
                foreach (var card in device.Circle.Peers)
                {
                    await StopAsync(card.Device, before, after, writes, cancellation);
                }
                await ports.Store.CommitAsync(StoreStep.ChangeDevice, writes, cancellation);
                return (next, true);
            },
            cancellation
        );

    public ValueTask ResetAsync(CancellationToken cancellation) =>
        keeper.ChangeAsync(
            record => record with { Settings = SharingRules.None.WriteTo(record.Settings) },
            cancellation
        );

    /// <summary>
    /// A device that is no peer any more but still has rules; null if the text means none, several, or a peer: one that came
    /// back as another device may have its old name.
    /// </summary>
    public DeviceId? FindFormer(string text)
    {
        if (device.Circle.Peers.Any(peer => IsMeant(peer.Device)))
        {
            return null;
        }
        var found = device
            .Rules.Entries.Keys.Concat(device.Rules.Sizes.Keys)
            .Select(place => place.Device)
            .OfType<DeviceId>()
            .Distinct()
            .Where(IsMeant)
            .ToList();
        return found.Count == 1 ? found[0] : null;

        bool IsMeant(DeviceId id) => DeviceQuery.Matches(text, id.ToString(), device.Circle.NameOf(id), id.Fingerprint);
    }

    private async ValueTask StopAsync(
        DeviceId peer,
        SharingRules before,
        SharingRules after,
        List<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        foreach (var row in await ports.Store.OutgoingDeliveriesAsync(peer, int.MaxValue, cancellation))
        {
            if (row.Clip is not { } id || await ports.Store.FindClipAsync(id, cancellation) is not { Clip: var clip })
            {
                continue;
            }
            var wasSentByRule = before.IsAutomatic(SharingDirection.Out, peer, clip);
            if (
                after.Of(SharingDirection.Out, peer, clip) == Sharing.Never
                || (wasSentByRule && !after.IsAutomatic(SharingDirection.Out, peer, clip))
            )
            {
                writes.Add(new EraseDelivery(peer, row.Message));
            }
        }
    }

    private static (RulePlace Place, Sharing? Sharing) Read(SetRuleRequest request, DeviceId? peer)
    {
        var direction = Word<SharingDirection>(request.Direction, "a direction");
        ClipKind? kind = request.Type is { } type ? Word<ClipKind>(type, "a type") : null;
        Sharing? sharing = request.Sharing is null or Default
            ? null
            : Word<Sharing>(request.Sharing, "a rule", Default);
        if (request.Sharing is null && request.MaxMiB is null)
        {
            throw Wrong("Nothing to set.", "Give a rule (automatic, ask, never, default), a size, or both.");
        }
        if (request.MaxMiB is { } limit)
        {
            if (kind is not null)
            {
                throw Wrong("A size limit is for every type.", "Leave the type out.");
            }
            if (limit is < 0 or > LargestLimit)
            {
                throw Wrong($"A size limit is from 1 to {LargestLimit} MiB.", "0 takes it back.");
            }
        }
        return (new RulePlace(direction, peer, kind), sharing);
    }

    private static T Word<T>(string text, string what, params string[] more)
        where T : struct, Enum =>
        SharingRules.TryReadWord<T>(text, out var value)
            ? value
            : throw Wrong(
                $"This is not {what}.",
                $"One of: {string.Join(", ", [.. Enum.GetValues<T>().Select(SharingRules.Word), .. more])}."
            );

    private static ControlException Wrong(string message, string hint) =>
        new(ControlErrors.InvalidArgument, message, hint);

    private RuleReport Report(RulePlace place, string? sharing, int? limit) =>
        new(
            SharingRules.Word(place.Direction),
            place.Device?.ToString(),
            place.Device is { } peer ? device.Circle.NameOf(peer) : null,
            place.Kind is { } kind ? SharingRules.Word(kind) : null,
            sharing,
            limit
        );
}
