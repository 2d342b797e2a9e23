using System.Net;
using System.Threading.Channels;
using Toss.Core.Blobs;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Core.Ports;

/// <summary>
/// How envelopes reach peers and come from them, over whatever path there is. Knows mailboxes and bytes; nothing of
/// clips. One caller: the agent's thread.
/// </summary>
public interface IPeerNetwork : IAsyncDisposable
{
    /// <summary>Everything that happens, in order. Bounded; a reader that is behind slows the connection down.</summary>
    ChannelReader<NetworkEvent> Events { get; }

    /// <summary>Connects and stays connected until disposed. Returns at once.</summary>
    void Start();

    /// <summary>
    /// The relays to be at, the home first, and who may write to me: each peer's addresses, its home first. Replaces what was
    /// said before; no accounts stop relaying.
    /// </summary>
    void Configure(IReadOnlyList<RelayAccount> accounts, IReadOnlyList<PeerAddress> peers);

    /// <summary>Who this device is to its peers, and with whom it keeps links. Replaces what was said before; null keeps none.</summary>
    void ConfigureLinks(LinkSettings? settings);

    /// <summary>Where a peer says that it listens for links.</summary>
    void LearnCandidates(DeviceId peer, IReadOnlyList<IPEndPoint> candidates);

    /// <summary>Where this device listens for links, the likeliest first; empty without links.</summary>
    IReadOnlyList<IPEndPoint> Candidates { get; }

    /// <summary>What the routers of this machine say of a port for links: one for each that was asked.</summary>
    IReadOnlyList<RouterFindings> Routers { get; }

    /// <summary>
    /// The same with where relays see this device from outside, as far as they answer within a second; and what that says of the
    /// NAT it is behind.
    /// </summary>
    ValueTask<FoundCandidates> FindCandidatesAsync(CancellationToken cancellation);

    /// <summary>
    /// Looks at this machine and the ways out of it, for `toss doctor`: a few datagrams, and a connection to each relay that is
    /// closed at once. Takes a second or two, ten if a relay is silent; never throws for the network's sake.
    /// </summary>
    ValueTask<NetworkFindings> ExamineAsync(CancellationToken cancellation);

    /// <summary>
    /// Connects to a relay, whether this device is there or not, logs in under a key that is used for this once, and leaves. Takes
    /// up to 20 seconds where nobody answers; never throws for the network's sake.
    /// </summary>
    ValueTask<RelayTrial> TryRelayAsync(Uri relay, string? token, CancellationToken cancellation);

    /// <summary>Measures the link to a peer, beside what it carries; never throws for the network's sake.</summary>
    /// <param name="bytes">Each way; at most <see cref="Limits.Bench"/>.</param>
    ValueTask<BenchResult> BenchAsync(DeviceId peer, int bytes, CancellationToken cancellation);

    /// <summary>
    /// Hands an envelope to the best path, and to the next one if that does not take it. Completes when one took it or all
    /// answered; never throws for the network's sake.
    /// </summary>
    ValueTask<SendResult> SendAsync(
        DeviceId to,
        ReadOnlyMemory<byte> envelope,
        TimeSpan timeToLive,
        CancellationToken cancellation
    );

    /// <summary>
    /// Leaves an envelope in this very mailbox: for a device that is no peer any more. Where this device has no mailbox itself, or
    /// is not let in, <paramref name="guest"/> comes for as long as that takes.
    /// </summary>
    ValueTask<SendResult> SendToAsync(
        PeerAddress to,
        RelayAccount? guest,
        ReadOnlyMemory<byte> envelope,
        TimeSpan timeToLive,
        CancellationToken cancellation
    );

    /// <summary>All envelopes up to this one are durable here.</summary>
    void Acknowledge(ReceivedEnvelope envelope);

    /// <summary>How a peer is reached at this moment; null if it is not.</summary>
    PeerPathStatus? PathTo(DeviceId peer);

    /// <summary>Opens a meeting place for a newcomer, at the home. An empty slot asks the place to allot one.</summary>
    ValueTask<RendezvousResult> OpenRendezvousAsync(ReadOnlyMemory<byte> slot, CancellationToken cancellation);

    /// <summary>Opens a meeting place in the networks of this machine, without a relay.</summary>
    ValueTask<RendezvousResult> OpenNearbyAsync(ReadOnlyMemory<byte> slot, CancellationToken cancellation);

    /// <summary>Looks for a meeting place there for some seconds, and enters the first that answers.</summary>
    ValueTask<RendezvousResult> JoinNearbyAsync(ReadOnlyMemory<byte> slot, CancellationToken cancellation);

    /// <summary>Enters a meeting place by its slot, at any relay, under a name that is used for this once.</summary>
    ValueTask<RendezvousResult> JoinRendezvousAsync(
        Uri relay,
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    );

    /// <summary>
    /// Stores a sealed blob in our mailbox at this relay, chunk by chunk, where every peer that is allowed can fetch it. Goes on
    /// with what is there of it.
    /// </summary>
    /// <param name="held">
    /// Told how many chunks are there: once before any is sent, then after each. All of them at once: it was there before.
    /// </param>
    ValueTask<BlobTransferResult> StoreBlobAsync(
        Uri relay,
        BlobId blob,
        int chunks,
        Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
        Action<int> held,
        CancellationToken cancellation
    );

    /// <summary>
    /// Fetches chunks of a sealed blob stored by <paramref name="from"/>; <paramref name="write"/> gets each with its index, in
    /// order, and says false to stop.
    /// </summary>
    ValueTask<BlobTransferResult> FetchBlobAsync(
        PeerAddress from,
        BlobRange range,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    );

    /// <summary>
    /// Whether blobs can pass between a peer and this device now and be stored nowhere: over a link, or one that can be made by
    /// a circuit at a relay where both are.
    /// </summary>
    bool CanStream(DeviceId peer);

    /// <summary>
    /// The same from a peer that has it, by a link, made by a circuit if need be; no path if there is none, or it ends before
    /// the range. Asked again, it takes another way if there is one. Several may be under way at once.
    /// </summary>
    /// <param name="held">How many chunks are here already.</param>
    ValueTask<BlobTransferResult> FetchBlobAsync(
        DeviceId from,
        BlobRange range,
        int held,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    );

    /// <summary>Frees a blob stored earlier, whole or in part, once nobody needs it. False if the relay did not say that it did.</summary>
    ValueTask<bool> DeleteBlobAsync(Uri relay, BlobId blob, CancellationToken cancellation);
}

/// <summary>This device's place at a relay. The private key is random and used at this relay only.</summary>
public sealed record RelayAccount(Uri Relay, byte[] MailboxPrivateKey, byte[] MailboxPublicKey, string? Token)
{
    public override string ToString() => $"RelayAccount({Relay.Host})";
}

/// <summary>Where a peer is written to.</summary>
public sealed record PeerAddress(DeviceId Peer, Uri Relay, MailboxId Mailbox)
{
    /// <summary>Of a device that is no peer any more: it may write to me for a while, and nothing else.</summary>
    public bool IsFormer { get; init; }
}

public abstract record NetworkEvent;

/// <summary>A whole envelope; its <paramref name="Token"/> goes back with <see cref="IPeerNetwork.Acknowledge"/>.</summary>
/// <param name="From">The mailbox that it was sent from; null if it came over a link.</param>
/// <param name="Via">The relay that brought it; null likewise.</param>
public sealed record ReceivedEnvelope(ReadOnlyMemory<byte> Envelope, MailboxId? From, Uri? Via, ulong Token)
    : NetworkEvent;

/// <summary>This device may listen elsewhere than before: peers that are there should know.</summary>
/// <param name="IsAnew">It was away: what peers know of it is old, even if it listens where it did.</param>
public sealed record CandidatesChanged(bool IsAnew) : NetworkEvent;

/// <summary>Where peers may try to reach this device, in the order in which they should.</summary>
/// <param name="Asked">How many addresses of relays were asked how they see this device.</param>
/// <param name="Answered">And how many said it.</param>
public sealed record FoundCandidates(
    IReadOnlyList<IPEndPoint> Candidates,
    NatMapping Nat,
    int Asked = 0,
    int Answered = 0
)
{
    /// <summary>A router opened a port, so that any peer can be told where to knock.</summary>
    public bool IsMapped { get; init; }
}

/// <summary>A peer on a link wants chunks of a blob; the answer is given once, or the link ends.</summary>
/// <param name="Held">How many chunks of it the peer has, as it says.</param>
public sealed record BlobWanted(DeviceId Peer, BlobRange Range, int Held, IBlobAnswer Answer) : NetworkEvent;

/// <summary>A link to a peer came to be, the first or in place of another.</summary>
/// <param name="Kind">Within a network of this machine or across.</param>
public sealed record LinkOpened(DeviceId Peer, PeerPathKind Kind, IPEndPoint Remote) : NetworkEvent;

/// <summary>The link to a peer is over, and no other took its place.</summary>
public sealed record LinkEnded(DeviceId Peer, LinkEnd Reason, TimeSpan Lasted) : NetworkEvent;

public sealed record PresenceChanged(DeviceId Peer, bool Online) : NetworkEvent;

/// <summary>Of each relay the network was told to be at.</summary>
public sealed record RelayStateChanged(Uri Relay, RelayState State, RelayRefusal? Refusal) : NetworkEvent
{
    /// <summary>With <see cref="RelayRefusal.Version"/>: which program to update, `toss` or `toss-relay`.</summary>
    public string? Update { get; init; }
}

public enum RelayState
{
    /// <summary>No relay is configured.</summary>
    None,
    Connecting,
    Connected,

    /// <summary>Not reachable; tried again with growing delay.</summary>
    Unreachable,

    /// <summary>The relay, or its certificate, says no; see the refusal.</summary>
    Refused,
}

public enum RelayRefusal
{
    Version,
    Token,
    Certificate,
    Replaced,
    Other,
}

/// <param name="Relay">Which relay, for a path that goes through one.</param>
/// <param name="Remote">Where the peer is, for a link.</param>
public sealed record PeerPathStatus(
    PeerPathKind Kind,
    TimeSpan? RoundTrip,
    Uri? Relay = null,
    IPEndPoint? Remote = null
)
{
    /// <summary>When a link came to be.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The part of what was sent on a link that did not arrive, 0 to 1; null if that is not known.</summary>
    public double? Loss { get; init; }

    /// <summary>False if it leads to the peer's mailbox only: the peer is away.</summary>
    public bool IsPeerThere { get; init; } = true;

    /// <summary>Whether it leads to the peer itself, without a relay.</summary>
    public bool IsLink => Kind != PeerPathKind.Relay;
}

public enum PeerPathKind
{
    /// <summary>A link within the same network.</summary>
    Lan,

    /// <summary>A link across networks.</summary>
    Direct,
    Relay,
}

/// <summary>What links need to know.</summary>
/// <param name="Key">Shown and proved to every peer.</param>
/// <param name="BeaconKeys">Who knows none of them gets no answer; the one in this device's Card first.</param>
/// <param name="Peers">The circle's other members.</param>
/// <param name="ClockOffset">To add to this device's clock for the circle's time.</param>
public sealed record LinkSettings(
    DeviceKey Key,
    IReadOnlyList<ReadOnlyMemory<byte>> BeaconKeys,
    IReadOnlyList<LinkPeer> Peers,
    TimeSpan ClockOffset
);

/// <param name="PublicKey">Ed25519, 32 bytes.</param>
/// <param name="BeaconKey">What it answers to.</param>
public sealed record LinkPeer(DeviceId Device, ReadOnlyMemory<byte> PublicKey, ReadOnlyMemory<byte> BeaconKey);

public readonly record struct SendResult(SendStatus Status, TimeSpan? RetryAfter = null)
{
    /// <summary>Which way it went; null if none took it.</summary>
    public PeerPathStatus? Path { get; init; }
}

public enum SendStatus
{
    /// <summary>The path has it: on the peer's side, or durable in its mailbox.</summary>
    Accepted,

    /// <summary>No path now; wait for a change.</summary>
    NoPath,

    /// <summary>The mailbox is full, or our share of it.</summary>
    Full,
    NotAllowed,
    TooLarge,

    /// <summary>The peer is away and the time to live was zero.</summary>
    Away,
    Refused,
}

public sealed record RendezvousResult(RendezvousStatus Status, IRendezvous? Rendezvous);

public enum RendezvousStatus
{
    Ok,
    NoRelay,

    /// <summary>This machine is in no network where it could be found, or is not to be.</summary>
    NoNetwork,
    Unreachable,
    NoSuchSlot,
    TooManyTries,
    Refused,
}

/// <summary>A meeting place. Disposing it closes it: an inviter's slot is gone then.</summary>
public interface IRendezvous : IAsyncDisposable
{
    /// <summary>The slot: ASCII digits, or 16 bytes.</summary>
    ReadOnlyMemory<byte> Slot { get; }

    /// <summary>What the other side sent. Completes when the place is closed. A null payload says that this run ended.</summary>
    ChannelReader<RendezvousPayload> Incoming { get; }

    ValueTask<bool> SendAsync(ulong run, ReadOnlyMemory<byte> payload, CancellationToken cancellation);
}

/// <summary>A peer that waits for chunks of a blob.</summary>
public interface IBlobAnswer
{
    /// <summary>
    /// Sends so many sealed chunks in order from the first that was asked for, or with 0 that it is not here. Completes when
    /// they are on their way or the peer has given up; throws only what <paramref name="read"/> throws.
    /// </summary>
    /// <param name="next">Of fewer than were asked for: the next behind them that is here; null if none is.</param>
    /// <param name="read">
    /// By index; what it gives is used before the next is asked for. An empty one: as <see cref="CancelAsync"/>, in the middle.
    /// </param>
    ValueTask SendAsync(
        int chunks,
        int? next,
        Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
        CancellationToken cancellation
    );

    /// <summary>Somebody here stopped it: the peer is told so, and is not to ask again.</summary>
    ValueTask CancelAsync(CancellationToken cancellation);

    /// <summary>Instead, or again: this device cannot.</summary>
    void Refuse();
}

/// <summary>The run tells joiners at one slot apart.</summary>
public sealed record RendezvousPayload(ulong Run, ReadOnlyMemory<byte>? Payload);

public readonly record struct BlobTransferResult(BlobTransferStatus Status, TimeSpan? RetryAfter = null)
{
    /// <summary>Of a range that did not come whole: the next chunk behind what came that is there, as it says; null if none is.</summary>
    public int? Next { get; init; }
}

public enum BlobTransferStatus
{
    Done,
    NoPath,

    /// <summary>It is not there, or not all that was asked for.</summary>
    Missing,
    QuotaExceeded,

    /// <summary>This side wanted no more of it.</summary>
    Stopped,
    Refused,

    /// <summary>Somebody on the other side stopped it.</summary>
    Cancelled,

    /// <summary>What came is no answer to what was asked: more chunks, or of other lengths.</summary>
    Malformed,
}
