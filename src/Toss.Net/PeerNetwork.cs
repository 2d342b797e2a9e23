using System.Net.NetworkInformation;
using System.Threading.Channels;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Net;

/// <summary>
/// The network of one device: its place at its own relay, and a visit at each other relay where a peer has its mailbox.
/// One caller, the agent's thread; the connections run on the thread pool and speak through <see cref="Events"/>.
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
    private readonly SortedDictionary<string, RelayConnection> _visits = new(StringComparer.Ordinal);
    private readonly List<Task> _retiring = [];
    private RelayConnection? _own;
    private RelayAccount? _account;
    private bool _started;

    public PeerNetwork(TimeProvider time, IRandomSource random, NetworkOptions? options = null)
    {
        _context = new NetworkContext(time, random, options ?? new NetworkOptions());
        _events = new RelayEvents(this, time);
        _places = new MeetingPlaces(_context, _events);
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
            _own?.Start();
            foreach (var visit in _visits.Values)
            {
                visit.Start();
            }
        }
        // A laptop that wakes up in another network should not wait out a minute of back-off.
        if (_context.Options.WatchSystem)
        {
            NetworkChange.NetworkAddressChanged += HurryAll;
        }
    }

    public void Configure(RelayAccount? account, IReadOnlyList<PeerAddress> peers)
    {
        account =
            account is not null && RelayUrl.Normal(account.Relay) is { } relay ? account with { Relay = relay } : null;
        lock (_gate)
        {
            _peers.Replace(peers);
            if (!VisitorAccount.AreSame(account, _account))
            {
                Retire(_own, account is null);
                RetireVisits();
                _own = account is null ? null : Connect(account);
                _account = account;
            }
            Visit();
            _own?.SetAllowed(_peers.MailboxesAt(_own.Relay));
            foreach (var visit in _visits.Values)
            {
                visit.SetAllowed(_peers.MailboxesAt(visit.Relay));
            }
        }
    }

    public async ValueTask<SendResult> SendAsync(
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
        RelayConnection? connection;
        MailboxId mailbox;
        lock (_gate)
        {
            var paths = _peers.PathsTo(to.Peer, KnownOf);
            var path = _peers.Choose(_context.Options.Paths, to.Peer, paths);
            // Without any, it is no peer of ours any more: a farewell goes where it is addressed.
            connection =
                paths.Count == 0 ? ConnectionTo(to.Relay)
                : path is null ? null
                : ConnectionTo(path.Relay);
            mailbox = path?.Mailbox ?? to.Mailbox;
        }
        if (connection is null)
        {
            return new SendResult(SendStatus.NoPath);
        }
        var answered = await connection.AskAsync(
            session => session.Deliver(mailbox, timeToLive, envelope),
            cancellation
        );
        return new SendResult(
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
    }

    public void Acknowledge(ReceivedEnvelope envelope)
    {
        if (EnvelopeToken.TryRead(envelope.Token, out var generation, out var sequence))
        {
            lock (_gate)
            {
                ConnectionTo(envelope.Via)?.Acknowledge(generation, sequence);
            }
        }
    }

    public PeerPathStatus? PathTo(DeviceId peer)
    {
        lock (_gate)
        {
            return
                _peers.Choose(_context.Options.Paths, peer, _peers.PathsTo(peer, KnownOf))
                    is { PeerSeen: not null } path
                ? new PeerPathStatus(PeerPathKind.Relay, path.RoundTrip)
                : null;
        }
    }

    public async ValueTask<RendezvousResult> OpenRendezvousAsync(
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    )
    {
        var connection = Own();
        return connection is null
            ? new RendezvousResult(RendezvousStatus.NoRelay, null)
            : await _places.OpenAsync(connection, slot, cancellation);
    }

    public async ValueTask<RendezvousResult> JoinRendezvousAsync(
        RelayAccount account,
        ReadOnlyMemory<byte> slot,
        CancellationToken cancellation
    )
    {
        if (RelayUrl.Normal(account.Relay) is not { } relay)
        {
            return new RendezvousResult(RendezvousStatus.Refused, null);
        }
        account = account with { Relay = relay };
        RelayConnection? own;
        lock (_gate)
        {
            // The same key twice would replace our own connection.
            own = account.MailboxPublicKey.AsSpan().SequenceEqual(_account?.MailboxPublicKey) ? _own : null;
        }
        return await _places.JoinAsync(own, account, slot, cancellation);
    }

    public async ValueTask<BlobTransferResult> StoreBlobAsync(
        BlobId blob,
        int chunks,
        Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
        CancellationToken cancellation
    ) => await BlobTransfers.StoreAsync(Own(), blob, chunks, read, cancellation);

    public async ValueTask<BlobTransferResult> FetchBlobAsync(
        PeerAddress from,
        BlobId blob,
        int chunks,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    )
    {
        RelayConnection? connection;
        lock (_gate)
        {
            connection = RelayUrl.Normal(from.Relay) is { } relay ? ConnectionTo(relay) : null;
        }
        return await BlobTransfers.FetchAsync(connection, from.Mailbox, blob, chunks, write, cancellation);
    }

    public async ValueTask DeleteBlobAsync(BlobId blob, CancellationToken cancellation)
    {
        var connection = Own();
        if (connection is not null)
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
            Retire(_own, false);
            RetireVisits();
            (_own, _account) = (null, null);
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
            if (ConnectionTo(connection.Relay) != connection)
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
            if (ConnectionTo(connection.Relay) != connection)
            {
                return;
            }
            changed = _peers.Forget(connection.Relay);
        }
        await EmitPresenceAsync(changed, online: false);
    }

    /// <summary>Only the own relay's state is the device's; a visit's shows in presence.</summary>
    internal async ValueTask StateAsync(
        RelayConnection connection,
        RelayState state,
        RelayRefusal? refusal,
        string? update
    )
    {
        bool own;
        lock (_gate)
        {
            own = connection == _own;
        }
        if (own)
        {
            await EmitAsync(new RelayStateChanged(state, refusal) { Update = update });
        }
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

    private RelayConnection? Own()
    {
        lock (_gate)
        {
            return _own;
        }
    }

    private (bool, TimeSpan?) KnownOf(Uri relay) =>
        ConnectionTo(relay) is { } connection ? (connection.IsReady, connection.RoundTrip) : (false, null);

    private RelayConnection? ConnectionTo(Uri relay) =>
        _own?.Relay == relay ? _own : _visits.GetValueOrDefault(relay.AbsoluteUri);

    private RelayConnection Connect(RelayAccount account)
    {
        var key = VisitorAccount.LoginOf(account);
        var connection = new RelayConnection(account.Relay, key, guest: false, _context, _events);
        if (_started)
        {
            connection.Start();
        }
        return connection;
    }

    /// <summary>A visit at every relay where a peer is and we are not; none where nobody is any more.</summary>
    private void Visit()
    {
        var wanted = _account is null
            ? []
            : _peers
                .Addresses.Select(address => address.Relay)
                .Where(relay => relay != _own?.Relay)
                .Distinct()
                .ToList();
        foreach (var (relay, visit) in _visits.Where(entry => wanted.All(uri => uri.AbsoluteUri != entry.Key)).ToList())
        {
            Retire(visit, false);
            _visits.Remove(relay);
        }
        foreach (var relay in wanted.Where(relay => !_visits.ContainsKey(relay.AbsoluteUri)))
        {
            _visits.Add(relay.AbsoluteUri, Connect(VisitorAccount.At(relay, _account!)));
        }
    }

    private void RetireVisits()
    {
        foreach (var visit in _visits.Values)
        {
            Retire(visit, false);
        }
        _visits.Clear();
    }

    private void Retire(RelayConnection? connection, bool sayNone)
    {
        if (connection is null)
        {
            return;
        }
        var gone = _peers.Forget(connection.Relay);
        _retiring.RemoveAll(task => task.IsCompleted);
        _retiring.Add(_context.Run(RetireAsync));

        async Task RetireAsync()
        {
            await connection.DisposeAsync();
            await EmitPresenceAsync(gone, online: false);
            if (sayNone)
            {
                await EmitAsync(new RelayStateChanged(RelayState.None, null));
            }
        }
    }

    private void HurryAll(object? sender, EventArgs changed)
    {
        lock (_gate)
        {
            _own?.Hurry();
            foreach (var visit in _visits.Values)
            {
                visit.Hurry();
            }
        }
    }
}
