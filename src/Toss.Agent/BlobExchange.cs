using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// For blobs that a device finds nowhere: its clip came over a link that is lost, or a relay let them go. It asks the
/// holders, who store them at a relay and say so, or say that they have them no more.
/// </summary>
internal sealed class BlobExchange(
    AgentPorts ports,
    Device device,
    Signals signals,
    BlobUploads uploads,
    BlobServing serving,
    BlobPlacement placement,
    PeerPresence presence
)
{
    /// <summary>Until a holder is asked again; twice as long each time. The question waits in its mailbox meanwhile.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan AgainAtMost = TimeSpan.FromHours(4);

    /// <summary>Blobs in a question, and in an answer.</summary>
    private const int Batch = 16;

    /// <summary>Blobs that one peer may wait for; what it asks for beyond is asked again.</summary>
    private const int WantedAtMost = 256;

    private readonly ILogger _log = ports.Logs.CreateLogger<BlobExchange>();
    private readonly Dictionary<(BlobId Blob, DeviceId Holder), Question> _questions = [];
    private readonly Dictionary<DeviceId, Queue<BlobId>> _wanted = [];
    private readonly Dictionary<DeviceId, Task> _answering = [];

    /// <summary>A holder answered: a blob can be fetched now, or never from there.</summary>
    public event Action? Answered;

    /// <summary>This device has put this blob where it can be fetched.</summary>
    public event Action<DeviceId, BlobId>? Stored;

    /// <summary>Asks whoever was not asked lately. True if every holder has said that one of the blobs is gone.</summary>
    /// <param name="others">Members that may have it too: asked where they are there and none of the holders is.</param>
    public async ValueTask<bool> AskAsync(
        IReadOnlyList<DeviceCard> holders,
        IReadOnlyList<DeviceCard> others,
        IReadOnlyList<BlobReference> blobs,
        CancellationToken cancellation
    )
    {
        var instead = holders.Any(IsThere) ? [] : others.Where(IsThere);
        foreach (var holder in holders.Where(IsReached).Concat(instead))
        {
            var due = blobs.Where(blob => IsDue((blob.Id, holder.Device))).Take(Batch).ToList();
            if (due.Count == 0)
            {
                continue;
            }
            var request = new BlobRequest { Blobs = { due.Select(blob => Write(blob.Id)) } };
            await signals.SendAsync(
                holder.Device,
                new EnvelopePlaintext { BlobRequest = request },
                Limits.Delivery,
                cancellation
            );
        }
        return blobs.Any(blob =>
            holders.All(holder => _questions.TryGetValue((blob.Id, holder.Device), out var asked) && asked.IsGone)
        );
    }

    /// <summary>A path may be back: whoever was asked in vain is asked again at once.</summary>
    public void Renew()
    {
        foreach (var asked in _questions.Values)
        {
            (asked.At, asked.Pause) = (DateTimeOffset.MinValue, Again);
        }
    }

    /// <summary>Nothing of this is wanted any more.</summary>
    public void Forget(IEnumerable<BlobReference> blobs)
    {
        foreach (
            var question in blobs.SelectMany(blob => _questions.Keys.Where(asked => asked.Blob == blob.Id)).ToList()
        )
        {
            _questions.Remove(question);
        }
    }

    public void Hear(DeviceId peer, EnvelopePlaintext said, CancellationToken cancellation)
    {
        if (said.BlobRequest is { } request)
        {
            var wanted = _wanted.TryGetValue(peer, out var before) ? before : _wanted[peer] = new Queue<BlobId>();
            foreach (var blob in Read(request.Blobs).Where(blob => !wanted.Contains(blob)))
            {
                if (wanted.Count < WantedAtMost)
                {
                    wanted.Enqueue(blob);
                }
            }
            if (!_answering.TryGetValue(peer, out var running) || running.IsCompleted)
            {
                _answering[peer] = AnswerAsync(peer, wanted, cancellation);
            }
        }
        else if (said.BlobAnswer is { } answer)
        {
            var stored = Read(answer.Stored).Where(blob => _questions.ContainsKey((blob, peer))).ToList();
            stored.ForEach(blob => Stored?.Invoke(peer, blob));
            var known = stored.Count > 0;
            foreach (var blob in Read(answer.Gone))
            {
                if (_questions.TryGetValue((blob, peer), out var asked))
                {
                    asked.IsGone = known = true;
                }
            }
            if (known)
            {
                Answered?.Invoke();
            }
        }
    }

    public Task WhenIdleAsync() => Task.WhenAll(_answering.Values);

    private bool IsDue((BlobId, DeviceId) key)
    {
        if (!_questions.TryGetValue(key, out var asked))
        {
            _questions[key] = new Question { At = device.SteadyNow, Pause = Again };
            return true;
        }
        if (asked.IsGone || device.SteadyNow - asked.At < asked.Pause)
        {
            return false;
        }
        asked.At = device.SteadyNow;
        asked.Pause = asked.Pause * 2 < AgainAtMost ? asked.Pause * 2 : AgainAtMost;
        return true;
    }

    private bool IsThere(DeviceCard holder) =>
        presence.IsOnline(holder.Device) || ports.Network.PathTo(holder.Device) is { IsLink: true };

    private bool IsReached(DeviceCard holder) =>
        presence.ReachesMailbox(holder) || ports.Network.PathTo(holder.Device) is not null;

    private async Task AnswerAsync(DeviceId peer, Queue<BlobId> wanted, CancellationToken cancellation)
    {
        try
        {
            while (wanted.Count > 0)
            {
                var (answer, asked) = (new BlobAnswer(), device.SteadyNow);
                for (var i = 0; i < Batch && wanted.TryPeek(out var blob); i++)
                {
                    switch (await StoreAsync(blob, peer, asked, cancellation))
                    {
                        case BlobTransferStatus.Done:
                            answer.Stored.Add(Write(blob));
                            break;
                        case BlobTransferStatus.Missing:
                            answer.Gone.Add(Write(blob));
                            break;
                    }
                    // Until then it is not asked for twice.
                    _ = wanted.Dequeue();
                }
                if (answer.Stored.Count + answer.Gone.Count > 0)
                {
                    var said = new EnvelopePlaintext { BlobAnswer = answer };
                    await signals.SendAsync(peer, said, Limits.Delivery, cancellation);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The agent ends; the peer asks again.
        }
        catch (StoreException failure)
        {
            wanted.Clear();
            _log.WorkFailed("Storing a blob that a peer wants", failure);
        }
    }

    /// <summary>Missing if it is not here, cannot be read, or was stopped; neither that nor done if it may be later.</summary>
    private async ValueTask<BlobTransferStatus> StoreAsync(
        BlobId blob,
        DeviceId peer,
        DateTimeOffset asked,
        CancellationToken cancellation
    )
    {
        var chunks = await serving.IsCancelledAsync(peer, blob, cancellation)
            ? 0
            : await ports.Blobs.CountChunksAsync(blob, cancellation);
        if (chunks == 0)
        {
            return BlobTransferStatus.Missing;
        }
        return await placement.PlaceForAskedAsync(peer, blob, asked, cancellation) is { } place
            ? await uploads.StoreAgainAsync(blob, chunks, peer, place, cancellation)
            : BlobTransferStatus.NoPath;
    }

    private static ByteString Write(BlobId blob) => ByteString.CopyFrom(blob.ToBytes());

    private static List<BlobId> Read(IEnumerable<ByteString> ids)
    {
        var read = new List<BlobId>();
        foreach (var bytes in ids.Take(Batch))
        {
            if (BlobId.TryFrom(bytes.Span, out var blob))
            {
                read.Add(blob);
            }
        }
        return read;
    }

    private sealed class Question
    {
        public required DateTimeOffset At { get; set; }

        public required TimeSpan Pause { get; set; }

        public bool IsGone { get; set; }
    }
}
