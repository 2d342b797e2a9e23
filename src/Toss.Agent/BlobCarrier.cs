using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Large representations: sealed once into the blob store, moved between devices as those same bytes, opened where they are
/// used. How they get to a relay: <see cref="BlobUploads"/>.
/// </summary>
internal sealed class BlobCarrier(AgentPorts ports, Device device)
{
    /// <summary>A direct link, and a circuit.</summary>
    private const int WaysToHolder = 2;

    /// <summary>As its type says: a plain null would become an empty memory.</summary>
    private static readonly ReadOnlyMemory<byte>? Nothing = null;

    private readonly ILogger _log = ports.Logs.CreateLogger<BlobCarrier>();
    private readonly List<(DeviceId Peer, Task Task)> _serving = [];

    /// <summary>Decides what travels inline and seals the rest; the blobs are durable when it returns.</summary>
    public async ValueTask<IReadOnlyList<Representation>> SealLargeAsync(
        ClipContent content,
        CancellationToken cancellation
    )
    {
        var inline = Distribution.Inline(content.Representations);
        var representations = new List<Representation>(content.Representations.Count);
        try
        {
            for (var i = 0; i < content.Representations.Count; i++)
            {
                var (mediaType, bytes) = content.Representations[i];
                if (inline[i])
                {
                    representations.Add(new Representation(mediaType, bytes.Length, bytes, null));
                    continue;
                }
                var kept = await Deflation.TryPackAsync(content.Representations[i]) ?? bytes;
                representations.Add(
                    new Representation(mediaType, bytes.Length, null, await SealAsync(kept, cancellation))
                );
            }
            return representations;
        }
        catch (StoreException)
        {
            await DiscardAsync(representations);
            throw;
        }
    }

    /// <summary>Erases the blobs of a copy that could not be recorded: nothing names them, and the disk may be full.</summary>
    public async ValueTask DiscardAsync(IReadOnlyList<Representation> representations)
    {
        foreach (var blob in representations.Select(representation => representation.Blob).OfType<BlobReference>())
        {
            try
            {
                await ports.Blobs.DeleteAsync(blob.Id, CancellationToken.None);
            }
            catch (StoreException failure)
            {
                _log.WorkFailed("Erasing an unrecorded blob", failure);
            }
        }
    }

    /// <summary>Every representation of a complete clip in memory; null if a blob is gone or damaged.</summary>
    public async ValueTask<ClipContent?> ReadAsync(Clip clip, CancellationToken cancellation)
    {
        var representations = new List<ContentRepresentation>(clip.Representations.Count);
        foreach (var representation in clip.Representations)
        {
            var bytes = representation.Inline ?? await OpenAsync(representation.Blob!, cancellation);
            if (bytes is { } packed && representation.IsDeflated)
            {
                bytes = await Deflation.TryUnpackAsync(packed, representation.Size);
            }
            if (bytes is null)
            {
                return null;
            }
            representations.Add(new ContentRepresentation(representation.MediaType, bytes.Value));
        }
        return new ClipContent(representations, clip.Sensitivity);
    }

    /// <summary>
    /// One format, piece by piece: each of <see cref="Limits.BlobChunk"/> bytes but the last. A piece is null where it is gone
    /// or damaged.
    /// </summary>
    public async ValueTask<Func<int, ValueTask<ReadOnlyMemory<byte>?>>> PiecesAsync(
        Representation format,
        CancellationToken cancellation
    )
    {
        if (format is { Blob: { } blob, IsDeflated: false })
        {
            return number => OpenChunkAsync(blob, number, cancellation);
        }
        var whole = format.Inline ?? await OpenAsync(format.Blob!, cancellation);
        if (whole is { } packed && format.IsDeflated)
        {
            whole = await Deflation.TryUnpackAsync(packed, format.Size);
        }
        return number =>
            new(
                whole is { } content && (long)number * Limits.BlobChunk < content.Length
                    ? content.Slice(
                        number * Limits.BlobChunk,
                        Math.Min(Limits.BlobChunk, content.Length - (number * Limits.BlobChunk))
                    )
                    : Nothing
            );
    }

    /// <summary>
    /// Fetches every blob of a clip that is not here yet: from its <paramref name="holders"/> themselves, then from their
    /// mailboxes where we are too. Verified chunk by chunk. False if one was at none of these places: then its holders are to
    /// be asked for it.
    /// </summary>
    /// <param name="holders">Its origin, and who passed it on: both had it when they spoke of it.</param>
    public async ValueTask<bool> FetchAsync(
        Clip clip,
        IReadOnlyList<DeviceCard> holders,
        CancellationToken cancellation
    )
    {
        foreach (var blob in await MissingAsync(clip, cancellation))
        {
            var isHere = false;
            foreach (var source in SourcesOf(blob, holders, cancellation))
            {
                isHere = await IsFetchedAsync(blob, source, cancellation);
                if (isHere)
                {
                    break;
                }
            }
            if (!isHere)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>What of a clip is not here.</summary>
    public async ValueTask<IReadOnlyList<BlobReference>> MissingAsync(Clip clip, CancellationToken cancellation)
    {
        var missing = new List<BlobReference>();
        foreach (var blob in clip.Blobs)
        {
            if (await ports.Blobs.CountChunksAsync(blob.Id, cancellation) != blob.Chunks)
            {
                missing.Add(blob);
            }
        }
        return missing;
    }

    /// <summary>Sends a blob to a peer that wants it over a link; beside whoever calls.</summary>
    public void Serve(BlobWanted wanted, CancellationToken cancellation)
    {
        _serving.RemoveAll(one => one.Task.IsCompleted);
        _serving.Add((wanted.Peer, ServeAsync(wanted, cancellation)));
    }

    /// <summary>Whether a blob is on its way to this peer.</summary>
    public bool IsServing(DeviceId peer) => _serving.Exists(one => one.Peer == peer && !one.Task.IsCompleted);

    public Task WhenIdleAsync() => Task.WhenAll(_serving.Select(one => one.Task));

    private async Task ServeAsync(BlobWanted wanted, CancellationToken cancellation)
    {
        try
        {
            var chunks = device.Circle.Peer(wanted.Peer) is null
                ? 0
                : await ports.Blobs.CountChunksAsync(wanted.Blob, cancellation);
            _log.BlobServed(wanted.Blob.Short, wanted.Peer.Short, chunks);
            await wanted.Answer.SendAsync(
                chunks,
                index => ports.Blobs.NeedChunkAsync(wanted.Blob, index, cancellation),
                cancellation
            );
        }
        catch (OperationCanceledException)
        {
            // The agent ends.
        }
        catch (StoreException failure)
        {
            wanted.Answer.Refuse();
            _log.WorkFailed("Sending a blob over a link", failure);
        }
    }

    /// <summary>Where a blob may be, the nearest first.</summary>
    private IEnumerable<Source> SourcesOf(
        BlobReference blob,
        IReadOnlyList<DeviceCard> holders,
        CancellationToken cancellation
    )
    {
        foreach (var holder in holders)
        {
            // Where the first way breaks there may be a second: a link that is cut, and then a circuit.
            for (var ways = 0; ways < WaysToHolder && ports.Network.CanStream(holder.Device); ways++)
            {
                yield return write =>
                    ports.Network.FetchBlobAsync(holder.Device, blob.Id, blob.Chunks, write, cancellation);
            }
        }
        foreach (
            var place in holders.SelectMany(holder => holder.Addresses).Where(place => device.HasMailboxAt(place.Relay))
        )
        {
            yield return write => ports.Network.FetchBlobAsync(place, blob.Id, blob.Chunks, write, cancellation);
        }
    }

    private async ValueTask<bool> IsFetchedAsync(BlobReference blob, Source source, CancellationToken cancellation)
    {
        var writer = await ports.Blobs.CreateAsync(cancellation);
        await using (writer)
        {
            var result = await source(
                async (index, chunk) =>
                {
                    if (!BlobOpener.Verify(blob, index, chunk.Span))
                    {
                        return false;
                    }
                    await writer.AppendAsync(chunk, cancellation);
                    return true;
                }
            );
            _log.BlobFetched(blob.Id.Short, result.Status.ToString());
            if (result.Status == BlobTransferStatus.Done)
            {
                await writer.CommitAsync(blob.Id, cancellation);
            }
            return result.Status == BlobTransferStatus.Done;
        }
    }

    private async ValueTask<BlobReference> SealAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        using var sealer = new BlobSealer(ports.Random);
        var writer = await ports.Blobs.CreateAsync(cancellation);
        await using (writer)
        {
            for (var offset = 0; offset < content.Length; offset += Limits.BlobChunk)
            {
                var chunk = content.Slice(offset, Math.Min(Limits.BlobChunk, content.Length - offset));
                var final = offset + chunk.Length == content.Length;
                await writer.AppendAsync(sealer.Seal(chunk.Span, final), cancellation);
            }
            var reference = sealer.Finish();
            await writer.CommitAsync(reference.Id, cancellation);
            return reference;
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>?> OpenAsync(BlobReference blob, CancellationToken cancellation)
    {
        var content = new byte[blob.Length];
        var at = 0;
        for (var index = 0; index < blob.Chunks; index++)
        {
            if (
                await OpenChunkAsync(blob, index, cancellation) is not { } plaintext
                || plaintext.Length > content.Length - at
            )
            {
                return null;
            }
            plaintext.Span.CopyTo(content.AsSpan(at));
            at += plaintext.Length;
        }
        return at == content.Length ? content : null;
    }

    private async ValueTask<ReadOnlyMemory<byte>?> OpenChunkAsync(
        BlobReference blob,
        int index,
        CancellationToken cancellation
    ) =>
        index < blob.Chunks
        && await ports.Blobs.ReadChunkAsync(blob.Id, index, cancellation) is { } chunk
        && BlobOpener.TryOpen(blob, index, chunk.Span, out var plaintext)
            ? plaintext
            : Nothing;

    /// <summary>One way to fetch a blob; the chunks go to what it is given.</summary>
    private delegate ValueTask<BlobTransferResult> Source(Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write);
}
