using Toss.Agent.Histories;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>What a person does where a rule says `ask`: sends the current clip, and takes one that was kept.</summary>
internal sealed class ManualSharing(
    AgentPorts ports,
    Device device,
    Courier courier,
    ClipApplier applier,
    SecretHolder secrets,
    BlobServing serving
)
{
    /// <summary>Null sends to every peer with the rule `ask`.</summary>
    public async ValueTask<SendReport> SendAsync(DeviceCard? to, CancellationToken cancellation)
    {
        RefuseIfPaused();
        var clip = secrets.Own ?? await CurrentAsync(cancellation);
        var fitting = Fitting(clip, to);
        return clip.Sensitivity == Sensitivity.Secret
            ? SendSecret(clip, fitting, cancellation)
            : await SendAsync(clip, fitting, cancellation);
    }

    /// <summary>The same with a clip of history: it keeps its time, and goes on no clipboard that holds a newer one.</summary>
    public async ValueTask<SendReport> SendAsync(StoredClip stored, DeviceCard? to, CancellationToken cancellation)
    {
        RefuseIfPaused();
        var clip = Givable(stored);
        return await SendAsync(clip, Fitting(clip, to), cancellation);
    }

    /// <summary>Those of whom it is meant for that a rule lets have it.</summary>
    private List<DeviceCard> Fitting(Clip clip, DeviceCard? to)
    {
        IReadOnlyList<DeviceCard> asked = to is null
            ? [.. device.Circle.Peers.Where(peer => RuleFor(peer, clip) == Sharing.Ask)]
            : [to];
        if (asked.Count == 0)
        {
            throw new ControlException(
                ControlErrors.NoSuchDevice,
                "No device has the rule `ask` for this copy.",
                "Name one: `toss send --to DEVICE`."
            );
        }
        if (asked.FirstOrDefault(peer => RuleFor(peer, clip) == Sharing.Never) is { } never)
        {
            throw new ControlException(
                ControlErrors.ByRule,
                $"By a rule of this device {never.Name} never gets such a copy.",
                "`toss rules` shows the rules, `toss rules out` changes them."
            );
        }
        var fitting = asked
            .Where(peer => !device.Rules.IsTooLarge(SharingDirection.Out, peer.Device, clip.Size))
            .ToList();
        return fitting.Count > 0
            ? fitting
            : throw new ControlException(
                ControlErrors.TooLarge,
                "The copy is larger than a rule of this device lets out.",
                "`toss rules` shows the limit, `toss rules out --max-size` changes it."
            );
    }

    /// <summary>Who gets files that are sent by hand: one, or every other device; but none that a rule keeps them from.</summary>
    public IReadOnlyList<DeviceCard> FilesTo(DeviceCard? to)
    {
        RefuseIfPaused();
        if (ports.Files is null)
        {
            throw new ControlException(ControlErrors.InvalidArgument, "This device has no files to send.");
        }
        bool IsNever(DeviceCard peer) =>
            device.Rules.Of(SharingDirection.Out, peer.Device, ClipKind.Other) == Sharing.Never;
        if (to is not null && IsNever(to))
        {
            throw new ControlException(
                ControlErrors.ByRule,
                $"By a rule of this device {to.Name} never gets files.",
                "`toss rules` shows the rules, `toss rules out` changes them."
            );
        }
        IReadOnlyList<DeviceCard> all = to is null ? [.. device.Circle.Peers.Where(peer => !IsNever(peer))] : [to];
        return all.Count > 0
            ? all
            : throw new ControlException(
                ControlErrors.NoSuchDevice,
                "There is no other device to send files to.",
                "`toss pair` shows a code for another device; `toss rules` shows whom a rule keeps them from."
            );
    }

    /// <summary>The newest that waits for somebody to take it; or the one whose id begins so.</summary>
    public async ValueTask<AcceptReport> AcceptAsync(string? id, CancellationToken cancellation)
    {
        RefuseIfPaused();
        var clip = await FindKeptAsync(id, cancellation);
        if (await applier.AcceptAsync(clip, cancellation) is not { } outcome)
        {
            throw new ControlException(ControlErrors.Storage, "The content of this copy is damaged.");
        }
        return new AcceptReport(
            clip.Id.ToString(),
            device.Circle.NameOf(clip.Origin),
            [.. clip.Representations.Select(representation => representation.MediaType)],
            clip.Size,
            outcome.ToString().ToLowerInvariant()
        );
    }

    private SendReport SendSecret(Clip secret, List<DeviceCard> to, CancellationToken cancellation)
    {
        var told = secrets.Send(to.Select(peer => peer.Device));
        var had = to.Where(peer => !told.Contains(peer.Device) && secrets.IsAt(peer.Device)).ToList();
        return told.Count > 0 || had.Count > 0
            ? new SendReport(secret.Id.ToString(), secret.Size, NamesOf(told), NamesOf(had.Select(peer => peer.Device)))
            : throw new ControlException(
                ControlErrors.NoLink,
                "A secret goes only to devices that are there, and this one is away.",
                "`toss status` says who is there."
            );
    }

    private async ValueTask<SendReport> SendAsync(Clip clip, List<DeviceCard> to, CancellationToken cancellation)
    {
        var (sent, had) = (new List<DeviceId>(), new List<DeviceId>());
        var writes = new List<StoreWrite>();
        var rows = await ports.Store.DeliveriesOfClipAsync(clip.Id, cancellation);
        foreach (var peer in to.Select(card => card.Device))
        {
            var row = rows.FirstOrDefault(row => row.Peer == peer);
            if (clip.Origin == peer || row is { State: not (DeliveryState.Refused or DeliveryState.Expired) })
            {
                had.Add(peer);
                continue;
            }
            if (row is not null)
            {
                writes.Add(new EraseDelivery(peer, row.Message));
            }
            writes.Add(new InsertDelivery(courier.NewClipDelivery(peer, clip)));
            serving.Allow(peer, clip);
            sent.Add(peer);
        }
        if (writes.Count > 0)
        {
            await ports.Store.CommitAsync(StoreStep.RecordClip, writes, cancellation);
            courier.Wake();
        }
        return new SendReport(clip.Id.ToString(), clip.Size, NamesOf(sent), NamesOf(had));
    }

    /// <summary>What holds the clipboard, here or everywhere, as far as this device may give it to others.</summary>
    private async ValueTask<Clip> CurrentAsync(CancellationToken cancellation) =>
        Givable(await ports.Store.NewestClaimAsync(device.PlausibleUntil, cancellation));

    private Clip Givable(StoredClip? stored)
    {
        if (stored is { State: ClipState.Offered or ClipState.Wanted } && !IsLocked(stored))
        {
            throw new ControlException(
                ControlErrors.Empty,
                $"The content of this copy is not on this device, but on {device.Circle.NameOf(stored.Clip.Origin)}.",
                "Send it from there, or paste it here first."
            );
        }
        if (
            stored is not { State: ClipState.Complete, Clip: var clip }
            || !clip.IsOf(device.Circle.Id)
            || IsLocked(stored)
        )
        {
            throw new ControlException(ControlErrors.Empty, "There is nothing to send.", "Copy something first.");
        }
        return clip.Origin == device.Id || !clip.IsLimited
            ? clip
            : throw new ControlException(
                ControlErrors.ByRule,
                $"This was copied on {device.Circle.NameOf(clip.Origin)}, which keeps it from some devices.",
                "Send it from there."
            );
    }

    private async ValueTask<Clip> FindKeptAsync(string? id, CancellationToken cancellation)
    {
        var history = new HistoryWalk(ports.Store);
        if (id is not null)
        {
            if (await history.FindAsync(id.Trim(), IsTheirs, cancellation) is { } found)
            {
                return found.Clip;
            }
        }
        else
        {
            await foreach (var stored in history.NewestAsync(cancellation))
            {
                if (!stored.Claim && stored.Clip.Stamp.Time <= device.PlausibleUntil && IsTheirs(stored))
                {
                    return stored.Clip;
                }
            }
        }
        throw new ControlException(
            ControlErrors.Empty,
            id is null ? "Nothing waits to be taken." : "No copy from another device has an id that begins so.",
            "`toss history --json` lists what came, with ids."
        );
    }

    private bool IsTheirs(StoredClip stored) =>
        stored.Clip.Origin != device.Id
        && stored.State is (ClipState.Complete or ClipState.Offered or ClipState.Wanted)
        && !IsLocked(stored);

    private void RefuseIfPaused()
    {
        if (device.IsPaused)
        {
            throw new ControlException(ControlErrors.Paused, "Sharing is paused.", "Run `toss resume`.");
        }
    }

    private Sharing RuleFor(DeviceCard peer, Clip clip) => device.Rules.Of(SharingDirection.Out, peer.Device, clip);

    private bool IsLocked(StoredClip stored) => HistoryLock.In(device.Record).Any(locked => locked.Holds(stored));

    private List<string> NamesOf(IEnumerable<DeviceId> peers) => [.. peers.Select(device.Circle.NameOf)];
}
