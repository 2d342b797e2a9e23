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
internal sealed class BlobExchange(AgentPorts ports, Device device, Signals signals, BlobUploads uploads)
{
    /// <summary>Until a holder is asked again; twice as long each time. The question waits in its mailbox meanwhile.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan AgainAtMost = TimeSpan.FromHours(4);

    /// <summary>Blobs in a question, and of one peer's questions at a time.</summary>
    private const int Batch = 16;

    private readonly ILogger _log = ports.Logs.CreateLogger<BlobExchange>();
    private readonly Dictionary<(BlobId Blob, DeviceId Holder), Question> _questions = [];
    private readonly Dictionary<DeviceId, Task> _answering = [];

    /// <summary>A holder answered: a blob can be fetched now, or never from there.</summary>
    public event Action? Answered;

    /// <summary>Asks whoever was not asked lately. True if every holder has said that one of the blobs is gone.</summary>
    public async ValueTask<bool> AskAsync(
        IReadOnlyList<DeviceCard> holders,
        IReadOnlyList<BlobReference> blobs,
        CancellationToken cancellation
    )
    {
        foreach (var holder in holders)
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
            // What comes while an answer is made is asked again.
            if (!_answering.TryGetValue(peer, out var running) || running.IsCompleted)
            {
                _answering[peer] = AnswerAsync(peer, Read(request.Blobs), cancellation);
            }
        }
        else if (said.BlobAnswer is { } answer)
        {
            foreach (var blob in Read(answer.Gone))
            {
                if (_questions.TryGetValue((blob, peer), out var asked))
                {
                    asked.IsGone = true;
                }
            }
            Answered?.Invoke();
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

    private async Task AnswerAsync(DeviceId peer, IReadOnlyList<BlobId> wanted, CancellationToken cancellation)
    {
        try
        {
            var answer = new BlobAnswer();
            foreach (var blob in wanted)
            {
                var chunks = await ports.Blobs.CountChunksAsync(blob, cancellation);
                if (chunks == 0)
                {
                    answer.Gone.Add(Write(blob));
                }
                else if (
                    device.Circle.Peer(peer) is { } card
                    && uploads.PlaceFor(card) is { } place
                    && await uploads.StoreAgainAsync(blob, chunks, place, cancellation) == BlobTransferStatus.Done
                )
                {
                    answer.Stored.Add(Write(blob));
                }
            }
            if (answer.Stored.Count + answer.Gone.Count > 0)
            {
                await signals.SendAsync(
                    peer,
                    new EnvelopePlaintext { BlobAnswer = answer },
                    Limits.Delivery,
                    cancellation
                );
            }
        }
        catch (OperationCanceledException)
        {
            // The agent ends; the peer asks again.
        }
        catch (StoreException failure)
        {
            _log.WorkFailed("Storing a blob that a peer wants", failure);
        }
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
