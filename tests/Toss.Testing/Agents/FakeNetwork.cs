using System.Net;
using System.Threading.Channels;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Testing.Storage;
using Toss.Wire;

namespace Toss.Testing.Agents;

/// <summary>
/// A network that a test plays: it keeps what is sent, answers what it is told to, and brings what the test hands it.
/// Lives on the agent's thread, as the agent does.
/// </summary>
public sealed class FakeNetwork : IPeerNetwork
{
    private readonly Channel<NetworkEvent> _events = Channel.CreateUnbounded<NetworkEvent>();
    private readonly SortedSet<DeviceId> _online = [];
    private ulong _token;

    /// <summary>What left, oldest first.</summary>
    public List<(DeviceId To, ReadOnlyMemory<byte> Envelope)> Sent { get; } = [];

    public SendStatus Answer { get; set; } = SendStatus.Accepted;

    /// <summary>What the relay says to a blob, and how often it was asked.</summary>
    public BlobTransferStatus BlobAnswer { get; set; } = BlobTransferStatus.Done;

    public int BlobsStored { get; private set; }

    public List<BlobId> BlobsFreed { get; } = [];

    /// <summary>Where fetched blobs come from; without one, the answer is <see cref="FetchAnswer"/>.</summary>
    public IBlobStore? Source { get; set; }

    public BlobTransferStatus FetchAnswer { get; set; } = BlobTransferStatus.NoPath;

    /// <summary>Meeting places opened here, oldest first; their other ends are the test's.</summary>
    public List<FakeRendezvous> Places { get; } = [];

    /// <summary>Runs before a send is answered: what happens while bytes are on their way.</summary>
    public Func<DeviceId, Task>? WhileSending { get; set; }

    public int Acknowledged { get; private set; }

    public ChannelReader<NetworkEvent> Events => _events.Reader;

    /// <summary>Where the agent said to be, its home first, and who may write to it.</summary>
    public IReadOnlyList<RelayAccount> Accounts { get; private set; } = [];

    public IReadOnlyList<PeerAddress> Peers { get; private set; } = [];

    /// <summary>The relays are there.</summary>
    public void Connect()
    {
        foreach (var account in Accounts)
        {
            Say(new RelayStateChanged(account.Relay, RelayState.Connected, null));
        }
    }

    /// <summary>This network keeps no links.</summary>
    public IReadOnlyList<RouterFindings> Routers { get; set; } = [];

    public IReadOnlyList<IPEndPoint> Candidates => [];

    public ValueTask<BenchResult> BenchAsync(DeviceId peer, int bytes, CancellationToken cancellation) =>
        new(BenchResult.Of(BenchStatus.NoLink));

    public NetworkFindings Findings { get; set; } = new() { UsesLinks = false };

    public RelayTrial Trial { get; set; } =
        new(RelayReach.Reached, true, null, null, TimeSpan.FromMilliseconds(12), null);

    /// <summary>The tokens that relays were tried with, by address.</summary>
    public List<(Uri Relay, string? Token)> Tried { get; } = [];

    public ValueTask<RelayTrial> TryRelayAsync(Uri relay, string? token, CancellationToken cancellation)
    {
        Tried.Add((relay, token));
        return new(Trial);
    }

    public ValueTask<NetworkFindings> ExamineAsync(CancellationToken cancellation) => new(Findings);

    public ValueTask<FoundCandidates> FindCandidatesAsync(CancellationToken cancellation) =>
        new(new FoundCandidates([], NatMapping.Unknown));

    public void ConfigureLinks(LinkSettings? settings) { }

    public void LearnCandidates(DeviceId peer, IReadOnlyList<IPEndPoint> candidates) { }

    public void Say(NetworkEvent happened) => _events.Writer.TryWrite(happened);

    public void SetOnline(DeviceId peer, bool online)
    {
        if (online ? _online.Add(peer) : _online.Remove(peer))
        {
            _events.Writer.TryWrite(new PresenceChanged(peer, online));
        }
    }

    public void Deliver(ReadOnlyMemory<byte> envelope, Uri via) =>
        _events.Writer.TryWrite(new ReceivedEnvelope(envelope, default(MailboxId), via, ++_token));

    public void Start() { }

    public void Configure(IReadOnlyList<RelayAccount> accounts, IReadOnlyList<PeerAddress> peers) =>
        (Accounts, Peers) = (accounts, peers);

    public async ValueTask<SendResult> SendAsync(
        DeviceId to,
        ReadOnlyMemory<byte> envelope,
        TimeSpan timeToLive,
        CancellationToken cancellation
    )
    {
        if (WhileSending is { } happens)
        {
            await happens(to);
        }
        if (Answer == SendStatus.Accepted)
        {
            Sent.Add((to, envelope));
        }
        return new SendResult(Answer);
    }

    public ValueTask<SendResult> SendToAsync(
        PeerAddress to,
        RelayAccount? guest,
        ReadOnlyMemory<byte> envelope,
        TimeSpan timeToLive,
        CancellationToken cancellation
    ) => SendAsync(to.Peer, envelope, timeToLive, cancellation);

    public void Acknowledge(ReceivedEnvelope envelope) => Acknowledged++;

    public bool CanStream(DeviceId peer) => false;

    public PeerPathStatus? PathTo(DeviceId peer) => _online.Contains(peer) ? new PeerPathStatus(PathKind, null) : null;

    /// <summary>Of the path to every peer that is there.</summary>
    public PeerPathKind PathKind { get; set; } = PeerPathKind.Relay;

    public ValueTask<RendezvousResult> OpenRendezvousAsync(ReadOnlyMemory<byte> slot, CancellationToken cancellation)
    {
        var place = new FakeRendezvous(slot.IsEmpty ? "123"u8.ToArray() : slot);
        Places.Add(place);
        return new(new RendezvousResult(RendezvousStatus.Ok, place));
    }

    public ValueTask<RendezvousResult> OpenNearbyAsync(ReadOnlyMemory<byte> slot, CancellationToken cancellation) =>
        new(new RendezvousResult(RendezvousStatus.NoNetwork, null));

    public ValueTask<RendezvousResult> JoinNearbyAsync(ReadOnlyMemory<byte> slot, CancellationToken cancellation) =>
        new(new RendezvousResult(RendezvousStatus.NoNetwork, null));

    public ValueTask<RendezvousResult> JoinRendezvousAsync(
        Uri relay,
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    ) => new(new RendezvousResult(RendezvousStatus.Unreachable, null));

    public ValueTask<BlobTransferResult> StoreBlobAsync(
        Uri relay,
        BlobId blob,
        int chunks,
        Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
        Action<int> held,
        CancellationToken cancellation
    )
    {
        BlobsStored++;
        held(0);
        return new(new BlobTransferResult(BlobAnswer));
    }

    public async ValueTask<BlobTransferResult> FetchBlobAsync(
        PeerAddress from,
        BlobRange range,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    )
    {
        if (Source is null)
        {
            return new BlobTransferResult(FetchAnswer);
        }
        for (var i = range.First; i < range.End; i++)
        {
            if (await Source.ReadChunkAsync(range.Blob, i, cancellation) is not { } chunk || !await write(i, chunk))
            {
                return new BlobTransferResult(BlobTransferStatus.Missing);
            }
        }
        return new BlobTransferResult(BlobTransferStatus.Done);
    }

    public ValueTask<BlobTransferResult> FetchBlobAsync(
        DeviceId from,
        BlobRange range,
        int held,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    ) => new(new BlobTransferResult(BlobTransferStatus.NoPath));

    public ValueTask<bool> DeleteBlobAsync(Uri relay, BlobId blob, CancellationToken cancellation)
    {
        BlobsFreed.Add(blob);
        return ValueTask.FromResult(true);
    }

    public ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }
}
