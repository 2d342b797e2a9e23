using Toss.Wire;

namespace Toss.Relay;

/// <summary>Every bound of the relay that is not a frame's, each with its reason. Tests make them smaller.</summary>
public sealed record RelayQuotas
{
    public static readonly RelayQuotas Default = new();

    /// <summary>Envelopes in one mailbox: a week away from a busy clipboard.</summary>
    public int MailboxEnvelopes { get; init; } = 1_000;

    /// <summary>Bytes in one mailbox: a thousand envelopes of 64 KiB.</summary>
    public long MailboxBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>One sender's part of a mailbox: one runaway device does not silence the others.</summary>
    public int SenderShareDivisor { get; init; } = 2;

    /// <summary>How long an envelope or a blob is kept at most.</summary>
    public TimeSpan Keep { get; init; } = Limits.Delivery;

    /// <summary>Blob bytes of one mailbox, half-done ones included.</summary>
    public long BlobBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>Blobs under way from one mailbox at once.</summary>
    public int BlobsUnderWay { get; init; } = 8;

    /// <summary>
    /// A blob whose next chunk does not come for so long rests: it makes room for another of its mailbox that would not fit. A
    /// sender that is there sends, or asks, sooner.
    /// </summary>
    public TimeSpan BlobResting { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A blob whose next chunk does not come for so long is dropped: a laptop that is closed goes on the next day.</summary>
    public TimeSpan BlobStalled { get; init; } = TimeSpan.FromHours(24);

    /// <summary>A mailbox whose owner did not log in for so long is forgotten, with its Allow list.</summary>
    public TimeSpan MailboxUnused { get; init; } = TimeSpan.FromDays(180);

    /// <summary>From the connection to a valid login; slow networks need seconds, nobody needs more.</summary>
    public TimeSpan LoginWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which a connection is dropped: three pings of a client.</summary>
    public TimeSpan Silent { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>How long one frame may take to leave before a reader is too slow.</summary>
    public TimeSpan SendWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Frames that wait for one connection: answers and live traffic. The mailbox itself is read as it drains.</summary>
    public int OutgoingFrames { get; init; } = 64;

    /// <summary>Bytes that wait for one connection: four of the largest frames.</summary>
    public int OutgoingBytes { get; init; } = 4 * Limits.RelayFrame;

    /// <summary>All connections of this process: about 50 KiB each with TLS.</summary>
    public int Connections { get; init; } = 20_000;

    /// <summary>Connections of one address (an IPv6 /64): an office behind one NAT.</summary>
    public int ConnectionsPerAddress { get; init; } = 512;

    /// <summary>How long a rendezvous stays open.</summary>
    public TimeSpan RendezvousOpen { get; init; } = Limits.PairingOpen;

    /// <summary>Slots that one address may hold open.</summary>
    public int SlotsPerAddress { get; init; } = 8;

    /// <summary>Slots that do not exist, asked for by one address within <see cref="RendezvousOpen"/>: typing errors, not a scan.</summary>
    public int WrongSlotsPerAddress { get; init; } = 10;

    /// <summary>Joiners one slot sees in its life. The inviter ends a code after three wrong ones anyway.</summary>
    public int RunsPerSlot { get; init; } = 32;

    /// <summary>Messages in one run, both directions; a pairing takes eight.</summary>
    public int MessagesPerRun { get; init; } = 32;

    /// <summary>Slots in the whole relay.</summary>
    public int Slots { get; init; } = 10_000;

    /// <summary>Circuits in the whole relay: a tenth of a kilobyte each, and what waits on them.</summary>
    public int Circuits { get; init; } = 10_000;

    /// <summary>Circuits of one mailbox, whoever opened them: more devices than a person carries content between at once.</summary>
    public int CircuitsPerMailbox { get; init; } = 32;

    /// <summary>A circuit on which nothing passes for so long is over: a link sends something every 10 s.</summary>
    public TimeSpan CircuitIdle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What one mailbox may send by circuits in a second: 130 Mbit/s, more than most relays have themselves.</summary>
    public long CircuitBytesPerSecond { get; init; } = 16L * 1024 * 1024;

    /// <summary>At once, after a silence.</summary>
    public long CircuitBurst { get; init; } = 8L * 1024 * 1024;

    /// <summary>And in a day: ten times what its blobs may hold here.</summary>
    public long CircuitBytesPerDay { get; init; } = 10L * 1024 * 1024 * 1024;

    /// <summary>How long datagrams go by UDP to who showed its cookie; it shows it every 5 s.</summary>
    public TimeSpan CircuitWayFor { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes of datagrams that wait for one connection; more is dropped, as at any router that is full.</summary>
    public int CircuitQueueBytes { get; init; } = 512 * 1024;
}
