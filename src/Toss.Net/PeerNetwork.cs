using System.Net.NetworkInformation;
using System.Threading.Channels;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Net;

/// <summary>
/// The network of one device: a place at each relay where it has a mailbox. One caller, the agent's thread; the connections run on the thread pool and speak through <see cref="Events"/>.
/// </summary>
public sealed class PeerNetwork : IPeerNetwork
{
    /// <summary>Events that wait for the agent: 64 envelopes are 8 MiB at most. Beyond that the connections wait.</summary>
    private const int EventCapacity = 64;

    private readonly Lock _gate = new();
    private readonly NetworkContext _context;
    private readonly RelayEvents _events;
    private readonly MeetingPlaces _places;
    private readonly Channel<NetworkEvent> _channel = Channel.CreateBounded<NetworkEvent>(EventCapacity);
    private readonly CancellationTokenSource _stop = new();
    private readonly PeerDirectory _peers = new();
    private readonly RelayPlaces _relays;
    private readonly List<Task> _retiring = [];
    private bool _started;

    public PeerNetwork(TimeProvider time, IRandomSource random, NetworkOptions? options = null)
    {
        _context = new NetworkContext(time, random, options ?? new NetworkOptions());
        _events = new RelayEvents(this, time);
        _places = new MeetingPlaces(_context, _events);
        _relays = new RelayPlaces(Connect);
    }

    public ChannelReader<NetworkEvent> Events => _channel.Reader;

    public void Start()
    {
        lock (_gate)
        {
            if (_started)
            {
                return;
            }
            _started = true;
            foreach (var connection in _relays.All)
            {
                connection.Start();
            }
        }
        // A laptop that wakes up in another network should not wait out a minute of back-off.
        if (_context.Options.WatchSystem)
        {
            NetworkChange.NetworkAddressChanged += HurryAll;
        }
    }

    public void Configure(IReadOnlyList<RelayAccount> accounts, IReadOnlyList<PeerAddress> peers)
    {
        var taken = accounts
            .Select(account => RelayUrl.Normal(account.Relay) is { } relay ? account with { Relay = relay } : null)
            .OfType<RelayAccount>()
            .DistinctBy(account => account.Relay)
            .ToList();
        lock (_gate)
        {
            Tell(_peers.Replace(peers), online: false);
            foreach (var gone in _relays.Replace(taken))
            {
                Retire(gone);
            }
            foreach (var connection in _relays.All)
            {
                connection.SetAllowed(_peers.MailboxesAt(connection.Relay));
            }
        }
    }

    public async ValueTask<SendResult> SendAsync(
        DeviceId to,
        ReadOnlyMemory<byte> envelope,
        TimeSpan timeToLive,
        CancellationToken cancellation
    )
    {
        if (envelope.Length > Limits.Envelope)
        {
            return new SendResult(SendStatus.TooLarge);
        }
        // What one relay does not take, another may: a mailbox is full, or its owner has not been there since it learned of
        // us. An envelope that went both ways after all is one to its receiver.
        var tried = new List<Uri>();
        var refused = new SendResult(SendStatus.NoPath);
        while (NextPath(to, tried) is var (connection, mailbox))
        {
            tried.Add(connection.Relay);
            var sent = ResultOf(
                await connection.AskAsync(session => session.Deliver(mailbox, timeToLive, envelope), cancellation)
            );
            if (sent.Status == SendStatus.Accepted)
            {
                return sent;
            }
            refused = refused.Status == SendStatus.NoPath ? sent : refused;
        }
        return refused;
    }

    public async ValueTask<SendResult> SendToAsync(
        PeerAddress to,
        ReadOnlyMemory<byte> envelope,
        TimeSpan timeToLive,
        CancellationToken cancellation
    )
    {
        if (envelope.Length > Limits.Envelope)
        {
            return new SendResult(SendStatus.TooLarge);
        }
        return At(to.Relay) is { } connection
            ? ResultOf(
                await connection.AskAsync(session => session.Deliver(to.Mailbox, timeToLive, envelope), cancellation)
            )
            : new SendResult(SendStatus.NoPath);
    }

    public void Acknowledge(ReceivedEnvelope envelope)
    {
        if (EnvelopeToken.TryRead(envelope.Token, out var generation, out var sequence))
        {
            lock (_gate)
            {
                _relays.At(envelope.Via)?.Acknowledge(generation, sequence);
            }
        }
    }

    public PeerPathStatus? PathTo(DeviceId peer)
    {
        lock (_gate)
        {
            return
                _peers.Choose(_context.Options.Paths, peer, _peers.PathsTo(peer, _relays.HomeRelay, KnownOf))
                    is { PeerSeen: not null } path
                ? new PeerPathStatus(PeerPathKind.Relay, path.RoundTrip, path.Relay)
                : null;
        }
    }

    public async ValueTask<RendezvousResult> OpenRendezvousAsync(
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    )
    {
        RelayConnection? connection;
        lock (_gate)
        {
            connection = _relays.Home;
        }
        return connection is null
            ? new RendezvousResult(RendezvousStatus.NoRelay, null)
            : await _places.OpenAsync(connection, slot, cancellation);
    }

    public async ValueTask<RendezvousResult> JoinRendezvousAsync(
        Uri relay,
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    ) =>
        RelayUrl.Normal(relay) is { } normal
            ? await _places.JoinAsync(normal, slot, cancellation)
            : new RendezvousResult(RendezvousStatus.Refused, null);

    public async ValueTask<BlobTransferResult> StoreBlobAsync(
        Uri relay,
        BlobId blob,
        int chunks,
        Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
        CancellationToken cancellation
    ) => await BlobTransfers.StoreAsync(At(relay), blob, chunks, read, cancellation);

    public async ValueTask<BlobTransferResult> FetchBlobAsync(
        PeerAddress from,
        BlobId blob,
        int chunks,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    ) => await BlobTransfers.FetchAsync(At(from.Relay), from.Mailbox, blob, chunks, write, cancellation);

    public async ValueTask DeleteBlobAsync(Uri relay, BlobId blob, CancellationToken cancellation)
    {
        if (At(relay) is { } connection)
        {
            await connection.AskAsync(session => session.DeleteBlob(blob), cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        NetworkChange.NetworkAddressChanged -= HurryAll;
        _stop.Cancel();
        List<Task> retiring;
        lock (_gate)
        {
            foreach (var connection in _relays.Replace([]))
            {
                Retire(connection);
            }
            retiring = [.. _retiring];
        }
        await Task.WhenAll(retiring);
        _channel.Writer.TryComplete();
    }

    /// <summary>Stage 9 of the path of a clip: a whole envelope is here.</summary>
    internal ValueTask Receive(RelayConnection connection, ulong generation, RelayEnvelopeArrived arrived) =>
        EnvelopeToken.TryMake(generation, arrived.Sequence, out var token)
            ? EmitAsync(new ReceivedEnvelope(arrived.Envelope, arrived.From, connection.Relay, token))
            : ValueTask.CompletedTask;

    internal async ValueTask PresenceAsync(RelayConnection connection, RelayPresenceChanged presence)
    {
        List<DeviceId> changed;
        lock (_gate)
        {
            // A word of a connection that was given up in the meantime.
            if (_relays.At(connection.Relay) != connection)
            {
                return;
            }
            DateTimeOffset? seen = presence.Online ? _context.Clock.Now : null;
            changed = _peers.Mark(connection.Relay, presence.Mailbox, seen);
        }
        await EmitPresenceAsync(changed, presence.Online);
    }

    internal async ValueTask LostAsync(RelayConnection connection)
    {
        List<DeviceId> changed;
        lock (_gate)
        {
            if (_relays.At(connection.Relay) != connection)
            {
                return;
            }
            changed = _peers.Forget(connection.Relay);
        }
        await EmitPresenceAsync(changed, online: false);
    }

    /// <summary>Not what a connection says that was given up, or that is for one meeting.</summary>
    internal async ValueTask StateAsync(
        RelayConnection connection,
        RelayState state,
        RelayRefusal? refusal,
        string? update
    )
    {
        lock (_gate)
        {
            if (_relays.At(connection.Relay) != connection)
            {
                return;
            }
        }
        await EmitAsync(new RelayStateChanged(connection.Relay, state, refusal) { Update = update });
    }

    private async ValueTask EmitPresenceAsync(List<DeviceId> changed, bool online)
    {
        foreach (var peer in changed)
        {
            await EmitAsync(new PresenceChanged(peer, online));
        }
    }

    private async ValueTask EmitAsync(NetworkEvent happened)
    {
        try
        {
            await _channel.Writer.WriteAsync(happened, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Nobody listens any more.
        }
    }

    private RelayConnection? At(Uri relay)
    {
        lock (_gate)
        {
            return RelayUrl.Normal(relay) is { } normal ? _relays.At(normal) : null;
        }
    }

    private (bool, TimeSpan?) KnownOf(Uri relay) =>
        _relays.At(relay) is { } connection ? (connection.IsReady, connection.RoundTrip) : (false, null);

    /// <summary>The best way to a peer that was not tried yet; null if there is none.</summary>
    private (RelayConnection, MailboxId)? NextPath(DeviceId peer, List<Uri> tried)
    {
        lock (_gate)
        {
            var paths = _peers.PathsTo(peer, _relays.HomeRelay, KnownOf);
            var path =
                tried.Count == 0 ? _peers.Choose(_context.Options.Paths, peer, paths)
                : _context.Options.Paths.TryChoose(
                    [.. paths.Where(path => !tried.Contains(path.Relay))],
                    null,
                    out var next
                )
                    ? next
                : null;
            return path is null ? null : (_relays.At(path.Relay)!, path.Mailbox);
        }
    }

    private static SendResult ResultOf(RelayAnswered? answered) =>
        new(
            answered?.Answer switch
            {
                null => SendStatus.NoPath,
                RelayAnswer.Accepted => SendStatus.Accepted,
                RelayAnswer.NotAllowed => SendStatus.NotAllowed,
                RelayAnswer.MailboxFull or RelayAnswer.SenderQuota => SendStatus.Full,
                RelayAnswer.TooLarge => SendStatus.TooLarge,
                RelayAnswer.Away => SendStatus.Away,
                _ => SendStatus.Refused,
            },
            answered?.RetryAfter
        );

    private RelayConnection Connect(RelayAccount account)
    {
        var connection = new RelayConnection(account.Relay, RelayLogin.Of(account), guest: false, _context, _events);
        if (_started)
        {
            connection.Start();
        }
        return connection;
    }

    private void Retire(RelayConnection connection)
    {
        var gone = _peers.Forget(connection.Relay);
        _retiring.RemoveAll(task => task.IsCompleted);
        _retiring.Add(_context.Run(async () => await connection.DisposeAsync()));
        Tell(gone, online: false);
    }

    /// <summary>Behind the gate, where nothing waits: the events follow by themselves.</summary>
    private void Tell(List<DeviceId> peers, bool online)
    {
        if (peers.Count == 0)
        {
            return;
        }
        _retiring.RemoveAll(task => task.IsCompleted);
        _retiring.Add(_context.Run(async () => await EmitPresenceAsync(peers, online)));
    }

    private void HurryAll(object? sender, EventArgs changed)
    {
        lock (_gate)
        {
            foreach (var connection in _relays.All)
            {
                connection.Hurry();
            }
        }
    }
}
