using Toss.Wire;

namespace Toss.Transport.Relay;

/// <content>What a client asks of its relay. Those that return a number are answered by a <see cref="RelayAnswered"/> with it.</content>
public sealed partial class RelaySession
{
    /// <summary>Replaces the list of those who may write to me.</summary>
    public ulong Allow(IEnumerable<MailboxId> mailboxes, IEnumerable<MailboxId> deliverOnly) =>
        Request(RelayFrames.Allow(mailboxes, deliverOnly));

    /// <summary>Asks the relay to forward or keep an envelope. With a time to live of zero, only to forward it.</summary>
    public ulong Deliver(MailboxId to, TimeSpan timeToLive, ReadOnlyMemory<byte> envelope) =>
        Request(RelayFrames.Deliver(to, timeToLive, envelope));

    /// <summary>Everything up to and including <paramref name="sequence"/> is durable here.</summary>
    public void Acknowledge(ulong sequence)
    {
        // Cumulative: one that has not left yet is simply raised.
        var waiting = _phase == Phase.Ready ? _control : _beforeReady;
        foreach (var frame in waiting)
        {
            if (frame.FrameCase == RelayFrame.FrameOneofCase.Acknowledge)
            {
                frame.Acknowledge.Sequence = Math.Max(frame.Acknowledge.Sequence, sequence);
                return;
            }
        }
        Say(new RelayFrame { Acknowledge = new RelayAcknowledge { Sequence = sequence } });
    }

    /// <summary>An empty slot asks the relay to allot one.</summary>
    public ulong OpenRendezvous(ReadOnlyMemory<byte> slot) => Request(RelayFrames.OpenRendezvous(slot));

    public ulong JoinRendezvous(ReadOnlyMemory<byte> slot) => Request(RelayFrames.JoinRendezvous(slot));

    public void CloseRendezvous(ReadOnlyMemory<byte> slot) => Say(RelayFrames.CloseRendezvous(slot));

    public ulong SendRendezvous(ReadOnlyMemory<byte> slot, ulong run, ReadOnlyMemory<byte> payload) =>
        Request(RelayFrames.SendRendezvous(slot, run, payload));

    /// <summary>How much of a blob of ours is there; the answer's <see cref="RelayAnswered.Chunks"/> say it.</summary>
    /// <param name="size">Bytes of the first chunk.</param>
    public ulong AskBlob(BlobId blob, int count, int size) => Request(RelayFrames.AskBlob(blob, count, size));

    /// <summary>Chunks go in order, from what is held on; the blob exists once the last was accepted.</summary>
    public ulong PutChunk(BlobId blob, int index, int count, ReadOnlyMemory<byte> chunk) =>
        Request(RelayFrames.PutChunk(blob, index, count, chunk), _blobs);

    public ulong GetChunk(MailboxId owner, BlobId blob, int index) =>
        Request(RelayFrames.GetChunk(owner, blob, index), _blobs);

    public ulong DeleteBlob(BlobId blob) => Request(RelayFrames.DeleteBlob(blob));

    private ulong Request(RelayFrame frame, Queue<RelayFrame>? queue = null)
    {
        var request = _requests.Next(frame);
        (queue ?? (_phase == Phase.Ready ? _control : _beforeReady)).Enqueue(frame);
        return request;
    }

    private void Say(RelayFrame frame) => (_phase == Phase.Ready ? _control : _beforeReady).Enqueue(frame);
}
