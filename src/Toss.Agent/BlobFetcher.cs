using Microsoft.Extensions.Logging;
using Toss.Core.Blobs;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Fetches the blobs of clips: from their holders themselves and whoever else has them, all at once, then from mailboxes. What came is kept, so the
/// next try asks for the rest only.
/// </summary>
internal sealed class BlobFetcher(AgentPorts ports, Device device, Transfers transfers, ContentRoom room)
{
    /// <summary>A direct link, and a circuit.</summary>
    private const int WaysToHolder = 2;

    /// <summary>
    /// Whose bytes were not those of a blob is not asked for it again so soon: its disk may be mended until then. A relay that gives
    /// other bytes says nothing against the device whose mailbox it is.
    /// </summary>
    private static readonly TimeSpan AsideFor = TimeSpan.FromHours(1);

    private readonly ILogger _log = ports.Logs.CreateLogger<BlobFetcher>();
    private readonly Dictionary<BlobId, BlobFetch> _running = [];
    private readonly List<Waiter<bool>> _waiting = [];

    // Somebody waits for it: before other blobs of its clip.
    private BlobId? _preferred;

    // Who said to have put it into a mailbox of its own.
    private readonly HashSet<(BlobId Blob, DeviceId Holder)> _stored = [];
    private readonly Dictionary<
        (BlobId Blob, DeviceId Holder, Uri? Relay),
        (DateTimeOffset Until, BlobTransferStatus Why)
    > _aside = [];

    /// <summary>Fetches what is not here yet of a clip.</summary>
    /// <param name="holders">Its origin, and who passed it on: all had it when they spoke of it.</param>
    public async ValueTask<FetchOutcome> FetchAsync(
        Clip clip,
        IReadOnlyList<DeviceCard> holders,
        CancellationToken cancellation
    )
    {
        try
        {
            return await FetchMissingAsync(clip, holders, cancellation);
        }
        finally
        {
            Tell();
        }
    }

    private async ValueTask<FetchOutcome> FetchMissingAsync(
        Clip clip,
        IReadOnlyList<DeviceCard> holders,
        CancellationToken cancellation
    )
    {
        var missing = await MissingAsync(clip, cancellation);
        var transfer = transfers.Incoming(clip.Id, clip.Blobs.Sum(blob => blob.SealedLength));
        if (await IsAnyNotBegunAsync(missing, cancellation))
        {
            switch (await room.MakeForAsync(clip, cancellation))
            {
                case RoomMade.Never:
                    return FetchOutcome.NoRoom;
                case RoomMade.NotYet:
                    transfer.Why = "waits for room, which other content takes that is coming";
                    return FetchOutcome.Later;
            }
        }
        transfer.StartAt(clip.Blobs.Except(missing).Sum(blob => blob.SealedLength));
        transfer.What = clip.Files is null ? null : clip.Preview;
        using var lease = room.Lease(clip.Id, clip.Size);
        var others = OthersThatMayHave(clip, holders);
        transfer.Enter();
        try
        {
            foreach (var blob in missing.OrderByDescending(one => one.Id == _preferred))
            {
                if (await IsFetchedByAnotherAsync(blob, cancellation))
                {
                    continue;
                }
                if (!await FetchAsync(blob, holders, others, transfer, cancellation))
                {
                    transfer.Why = $"waits for {string.Join(" or ", holders.Select(holder => holder.Name))}";
                    return holders.All(holder =>
                        IsAside(blob.Id, holder.Device, relay: null, BlobTransferStatus.Cancelled)
                    )
                        ? FetchOutcome.Cancelled
                        : FetchOutcome.NotYet;
                }
            }
        }
        catch (StoreException failure)
        {
            transfer.Why = failure.Message;
            throw;
        }
        finally
        {
            transfer.Leave();
        }
        return FetchOutcome.Whole;
    }

    /// <summary>Somebody waits for this one.</summary>
    public void Prefer(BlobId blob) => _preferred = blob;

    /// <summary>
    /// Returns when a chunk may be here: it came, or what brings its blob began or ended; and after <paramref name="within"/>.
    /// </summary>
    public async ValueTask WaitForAsync(BlobReference blob, int index, TimeSpan within, CancellationToken cancellation)
    {
        if (_running.TryGetValue(blob.Id, out var fetch))
        {
            await fetch.WaitForAsync(index, within, cancellation);
            return;
        }
        var waiter = new Waiter<bool>();
        _waiting.Add(waiter);
        try
        {
            await waiter.WaitAsync(within, ports.Time, cancellation);
        }
        catch (TimeoutException)
        {
            // Time is one of the things waited for.
        }
        finally
        {
            _waiting.Remove(waiter);
        }
    }

    /// <summary>It is being fetched, and this chunk of it came.</summary>
    public bool HasCome(BlobId blob, int index) => _running.GetValueOrDefault(blob)?.Has(index) == true;

    /// <summary>Bytes of a clip that came, and why no more come; null if nobody knows.</summary>
    public (long Came, string? Why) ProgressOf(ClipId clip) =>
        transfers.All.FirstOrDefault(one => one.IsIncoming && one.Clip == clip) is { } transfer
            ? (transfer.Done, transfer.Why)
            : (0, null);

    /// <summary>Something of it is here already.</summary>
    public async ValueTask<bool> IsBegunAsync(Clip clip, CancellationToken cancellation)
    {
        foreach (var blob in clip.Blobs)
        {
            if ((await ports.Blobs.HeldAsync(blob.Id, cancellation)).Held > 0)
            {
                return true;
            }
        }
        return false;
    }

    private void Tell()
    {
        Waiter<bool>[] waiting = [.. _waiting];
        _waiting.Clear();
        Array.ForEach(waiting, static one => one.TrySet(true));
    }

    /// <summary>Nobody knows any more what was to come.</summary>
    public void Forget(ClipId clip) => transfers.EndIncoming(clip);

    /// <summary>Nothing of a clip is to come any more.</summary>
    public void Forget(Clip clip)
    {
        Forget(clip.Id);
        var blobs = clip.Blobs.Select(blob => blob.Id).ToHashSet();
        _stored.RemoveWhere(one => blobs.Contains(one.Blob));
        foreach (var aside in _aside.Keys.Where(one => blobs.Contains(one.Blob)).ToList())
        {
            _aside.Remove(aside);
        }
    }

    /// <summary>Somebody may be there who was not: what is being fetched comes from there too.</summary>
    public void LookAgain()
    {
        foreach (var fetch in _running.Values.ToList())
        {
            fetch.LookAgain();
        }
    }

    /// <summary>A device says that it put a blob into its mailbox at a relay where both are.</summary>
    public void NoteStored(DeviceId holder, BlobId blob)
    {
        _stored.Add((blob, holder));
        _running.GetValueOrDefault(blob)?.LookAgain();
    }

    /// <summary>What of a clip is not here whole.</summary>
    public async ValueTask<IReadOnlyList<BlobReference>> MissingAsync(Clip clip, CancellationToken cancellation)
    {
        var missing = new List<BlobReference>();
        foreach (var blob in clip.Blobs)
        {
            if (await ports.Blobs.CountChunksAsync(blob.Id, cancellation) != blob.Pieces)
            {
                missing.Add(blob);
            }
        }
        return missing;
    }

    /// <summary>What is begun has its space.</summary>
    private async ValueTask<bool> IsAnyNotBegunAsync(IReadOnlyList<BlobReference> blobs, CancellationToken cancellation)
    {
        foreach (var blob in blobs)
        {
            if ((await ports.Blobs.HeldAsync(blob.Id, cancellation)).Chunks == 0)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Reads a blob that is here.</summary>
    /// <param name="until">Waits for a chunk that may not be.</param>
    public BlobReader Read(BlobReference blob, Func<int, CancellationToken, ValueTask>? until = null) =>
        new(ports.Blobs, blob, until);

    /// <summary>
    /// The other members. Of a clip that its origin keeps from somebody nobody hears who did not speak of it.
    /// </summary>
    public IReadOnlyList<DeviceCard> OthersThatMayHave(Clip clip, IReadOnlyList<DeviceCard> holders) =>
        clip.IsLimited
            ? []
            : [.. device.Circle.Peers.Where(peer => holders.All(holder => holder.Device != peer.Device))];

    /// <summary>Two clips may be of one content: the second waits for the first. False if there is none, or it did not bring all.</summary>
    private async ValueTask<bool> IsFetchedByAnotherAsync(BlobReference blob, CancellationToken cancellation)
    {
        var waited = false;
        while (_running.TryGetValue(blob.Id, out var another))
        {
            await another.WaitForEndAsync(cancellation);
            waited = true;
        }
        return waited && await ports.Blobs.CountChunksAsync(blob.Id, cancellation) == blob.Pieces;
    }

    private async ValueTask<bool> FetchAsync(
        BlobReference blob,
        IReadOnlyList<DeviceCard> holders,
        IReadOnlyList<DeviceCard> others,
        Transfer transfer,
        CancellationToken cancellation
    )
    {
        var part = await ports.Blobs.OpenPartialAsync(blob.Id, blob.SealedLength, cancellation);
        BlobFetch? fetch = null;
        try
        {
            transfer.StartAt(transfer.Done + (long)part.Held.Held * Limits.SealedBlobChunk);
            var list = new BlobListFetch(blob, ports.Blobs, part, ports.Time);
            if (blob.IsListApart && !blob.HasList && await list.HeldAsync(cancellation) is { } held)
            {
                blob = held;
            }
            fetch = new BlobFetch(blob, part, transfer, ports.Time, _log);
            _running[blob.Id] = fetch;
            Tell();
            if (blob.IsListApart && !blob.HasList)
            {
                foreach (var source in PeersWith(blob, holders, others).Concat(MailboxesWith(blob, holders)))
                {
                    if (await list.FetchAsync(source, PutAside, cancellation) is { } verified)
                    {
                        blob = verified;
                        transfer.Add(source.Holder, (int)(blob.SealedLength - blob.ListStart));
                        break;
                    }
                }
                if (!blob.HasList)
                {
                    _log.BlobFetched(blob.Id.Short, "without its list");
                    return false;
                }
                fetch.Verify(blob);
            }
            // Those that are there at once; then mailboxes, one after another: nothing is stored there while they are.
            var isWhole = await fetch.RunAsync(() => SourcesOf(blob, holders, others), PutAside, cancellation);
            foreach (var mailbox in MailboxesWith(blob, [.. holders, .. others.Where(HasStored)]).ToList())
            {
                isWhole = isWhole || await fetch.RunAsync(() => [mailbox], PutAside, cancellation);
            }
            var twice = fetch.Twice > 0 ? $", {fetch.Twice} chunks perhaps twice" : "";
            _log.BlobFetched(blob.Id.Short, (isWhole ? "whole" : $"{part.Held.Held} of {blob.Pieces} pieces") + twice);
            if (isWhole)
            {
                await part.CommitAsync(cancellation);
            }
            return isWhole;
        }
        finally
        {
            try
            {
                await part.DisposeAsync();
            }
            finally
            {
                // Whatever the disk says: who waits for it would wait for ever.
                _running.Remove(blob.Id);
                fetch?.End();
            }
        }

        bool HasStored(DeviceCard other) => _stored.Contains((blob.Id, other.Device));

        void PutAside(BlobSource source, BlobTransferStatus why)
        {
            _log.HolderPutAside(blob.Id.Short, source.Holder.Short, $"{why}");
            _aside[(blob.Id, source.Holder, source.Relay)] = (device.SteadyNow + AsideFor, why);
        }
    }

    /// <summary>Those that can be asked themselves, and mailboxes of which it is known that they have it.</summary>
    private IEnumerable<BlobSource> SourcesOf(
        BlobReference blob,
        IReadOnlyList<DeviceCard> holders,
        IReadOnlyList<DeviceCard> others
    ) =>
        PeersWith(blob, holders, others)
            .Concat(
                MailboxesWith(blob, [.. holders.Concat(others).Where(one => _stored.Contains((blob.Id, one.Device)))])
            );

    /// <summary>
    /// Others than those that spoke of it by a link, on which they say at once if they have nothing; by circuits, which have to be
    /// opened first, only where nobody else is there.
    /// </summary>
    private IEnumerable<BlobSource> PeersWith(
        BlobReference blob,
        IReadOnlyList<DeviceCard> holders,
        IReadOnlyList<DeviceCard> others
    ) =>
        holders
            .Concat(
                holders.Any(holder => ports.Network.CanStream(holder.Device))
                    ? others.Where(other => ports.Network.PathTo(other.Device) is { IsLink: true })
                    : others
            )
            .Where(holder => ports.Network.CanStream(holder.Device))
            .Where(holder => !IsAside(blob.Id, holder.Device, relay: null))
            .Select(holder => new BlobSource(
                holder.Device,
                relay: null,
                (range, held, write, cancellation) =>
                    ports.Network.FetchBlobAsync(holder.Device, range, held, write, cancellation),
                () => ports.Network.CanStream(holder.Device),
                WaysToHolder,
                blob.Pieces,
                FetchPlan.AtOnce(blob.Chunks, ports.Network.PathTo(holder.Device)?.RoundTrip)
            ));

    private IEnumerable<BlobSource> MailboxesWith(BlobReference blob, IReadOnlyList<DeviceCard> holders) =>
        holders
            // Who stopped it, stopped it everywhere.
            .Where(holder => !IsAside(blob.Id, holder.Device, relay: null, BlobTransferStatus.Cancelled))
            .SelectMany(holder => holder.Addresses)
            .Where(place => device.HasMailboxAt(place.Relay) && !IsAside(blob.Id, place.Peer, place.Relay))
            .Select(place => new BlobSource(
                place.Peer,
                place.Relay,
                (range, _, write, cancellation) => ports.Network.FetchBlobAsync(place, range, write, cancellation),
                static () => true,
                ways: 1,
                blob.Pieces,
                FetchPlan.AtOnce(blob.Chunks, roundTrip: null)
            ));

    /// <param name="why">For this reason; null: for any.</param>
    private bool IsAside(BlobId blob, DeviceId holder, Uri? relay, BlobTransferStatus? why = null) =>
        _aside.TryGetValue((blob, holder, relay), out var aside)
        && device.SteadyNow < aside.Until
        && (why is null || why == aside.Why);
}
