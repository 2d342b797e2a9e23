using System.Buffers.Binary;
using Google.Protobuf;
using Toss.Wire;

namespace Toss.Transport.Relay;

/// <summary>The frames a client asks with. Large content is referred to, not copied.</summary>
internal static class RelayFrames
{
    public static RelayFrame Allow(IEnumerable<MailboxId> mailboxes, IEnumerable<MailboxId> deliverOnly) =>
        new()
        {
            Allow = new RelayAllow
            {
                Mailboxes = { mailboxes.Select(mailbox => ByteString.CopyFrom(mailbox.ToBytes())) },
                DeliverOnly = { deliverOnly.Select(mailbox => ByteString.CopyFrom(mailbox.ToBytes())) },
            },
        };

    public static RelayFrame Deliver(MailboxId to, TimeSpan timeToLive, ReadOnlyMemory<byte> envelope) =>
        new()
        {
            Deliver = new RelayDeliver
            {
                Mailbox = ByteString.CopyFrom(to.ToBytes()),
                TtlMs = Math.Max(0, (long)timeToLive.TotalMilliseconds),
                Envelope = UnsafeByteOperations.UnsafeWrap(envelope),
            },
        };

    public static RelayFrame OpenRendezvous(ReadOnlyMemory<byte> slot) =>
        new() { RendezvousOpen = new RendezvousOpen { Slot = ByteString.CopyFrom(slot.Span) } };

    public static RelayFrame JoinRendezvous(ReadOnlyMemory<byte> slot) =>
        new() { RendezvousJoin = new RendezvousJoin { Slot = ByteString.CopyFrom(slot.Span) } };

    public static RelayFrame CloseRendezvous(ReadOnlyMemory<byte> slot) =>
        new() { RendezvousClose = new RendezvousClose { Slot = ByteString.CopyFrom(slot.Span) } };

    public static RelayFrame SendRendezvous(ReadOnlyMemory<byte> slot, ulong run, ReadOnlyMemory<byte> payload) =>
        new()
        {
            RendezvousMessage = new RendezvousMessage
            {
                Slot = ByteString.CopyFrom(slot.Span),
                Run = run,
                Payload = UnsafeByteOperations.UnsafeWrap(payload),
            },
        };

    public static RelayFrame PutChunk(BlobId blob, int index, int count, ReadOnlyMemory<byte> chunk) =>
        new()
        {
            BlobPut = new BlobPut
            {
                Blob = ByteString.CopyFrom(blob.ToBytes()),
                Index = (uint)index,
                Count = (uint)count,
                Chunk = UnsafeByteOperations.UnsafeWrap(chunk),
            },
        };

    /// <param name="size">Bytes of the first chunk.</param>
    public static RelayFrame AskBlob(BlobId blob, int count, int size) =>
        new()
        {
            BlobAsk = new BlobAsk
            {
                Blob = ByteString.CopyFrom(blob.ToBytes()),
                Count = (uint)count,
                Size = (uint)size,
            },
        };

    public static RelayFrame GetChunk(MailboxId owner, BlobId blob, int index) =>
        new()
        {
            BlobGet = new BlobGet
            {
                Owner = ByteString.CopyFrom(owner.ToBytes()),
                Blob = ByteString.CopyFrom(blob.ToBytes()),
                Index = (uint)index,
            },
        };

    public static RelayFrame DeleteBlob(BlobId blob) =>
        new() { BlobDelete = new BlobDelete { Blob = ByteString.CopyFrom(blob.ToBytes()) } };

    public static RelayFrame OpenCircuit(MailboxId to) =>
        new() { CircuitOpen = new CircuitOpen { Mailbox = ByteString.CopyFrom(to.ToBytes()) } };

    public static RelayFrame CloseCircuit(UInt128 circuit) =>
        new() { CircuitClose = new CircuitClose { Circuit = Write(circuit) } };

    public static RelayFrame SendDatagrams(UInt128 circuit, int size, ReadOnlyMemory<byte> payload) =>
        new()
        {
            CircuitDatagrams = new CircuitDatagrams
            {
                Circuit = Write(circuit),
                Size = (uint)size,
                Payload = UnsafeByteOperations.UnsafeWrap(payload),
            },
        };

    private static ByteString Write(UInt128 circuit)
    {
        var bytes = new byte[RelayProtocol.CircuitSize];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, circuit);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }
}
