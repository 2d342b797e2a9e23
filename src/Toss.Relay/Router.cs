using System.Diagnostics;
using Google.Protobuf;
using Toss.Relay.Blobs;
using Toss.Relay.Mailboxes;
using Toss.Wire;
using Reason = Toss.Wire.RelayRefused.Types.Reason;

namespace Toss.Relay.Routing;

/// <summary>
/// Stage 8 of the path of a clip: forward an envelope, or keep it in the mailbox. Sees who writes to whom, when, and how
/// many bytes; has no key to anything.
/// <para>
/// Store first: what is answered with Accepted is durable before it is forwarded, and stays until the receiver
/// acknowledged it. Knows no sockets and starts no tasks: in a simulation, on the in-memory stores, every call completes
/// at once and all is replayed by its seed. Calls for different connections may come from different threads; those for
/// one connection come one after another (see <see cref="Connection"/>).
/// </para>
/// </summary>
public sealed partial class Router
{
    /// <summary>How long a relay that goes down asks to wait: its restart takes less.</summary>
    private static readonly TimeSpan ReconnectAfter = TimeSpan.FromSeconds(2);

    /// <summary>Old envelopes and blobs are looked for so often: they may live a minute longer.</summary>
    private static readonly TimeSpan ExpireEvery = TimeSpan.FromMinutes(1);

    /// <summary>Envelopes read from a mailbox at once: enough to fill a connection, little enough to hold.</summary>
    private const int FillCount = 16;

    private static readonly ActivitySource Stages = new("Toss");

    private readonly Lock _gate = new();
    private readonly IMailboxStore _mailboxes;
    private readonly BlobDesk _blobs;
    private readonly IBlobStore _blobStore;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _started;
    private readonly long _startedAt;
    private readonly IRandomness _random;
    private readonly RelayRules _rules;
    private readonly RelayQuotas _quotas;
    private readonly PresenceBoard _board = new();
    private readonly RendezvousDesk _rendezvous;
    private readonly SortedDictionary<long, Connection> _connections = [];
    private readonly Dictionary<string, int> _perAddress = [];
    private long _lastNumber;
    private bool _draining;
    private DateTimeOffset _nextExpiry;

    public Router(
        IMailboxStore mailboxes,
        IBlobStore blobs,
        TimeProvider time,
        IRandomness random,
        RelayRules? rules = null
    )
    {
        _mailboxes = mailboxes;
        _blobStore = blobs;
        _time = time;
        _random = random;
        _rules = rules ?? RelayRules.Default;
        _quotas = _rules.Quotas;
        _blobs = new BlobDesk(mailboxes, blobs);
        _rendezvous = new RendezvousDesk(_quotas, random);
        _circuits = new CircuitDesk(_quotas, random);
        _started = time.GetUtcNow();
        _startedAt = time.GetTimestamp();
        _nextExpiry = _started;
    }

    /// <summary>
    /// For how long something lasts: the wall clock of the start, and from there on the monotonic one. Whoever sets the relay's
    /// clock, or a machine that wakes with a wrong one, ends no connection and lets none that is dead stay.
    /// </summary>
    private DateTimeOffset SteadyNow => _started + _time.GetElapsedTime(_startedAt);

    public int Connections
    {
        get
        {
            lock (_gate)
            {
                return _connections.Count;
            }
        }
    }

    public int Online
    {
        get
        {
            lock (_gate)
            {
                return _board.Count;
            }
        }
    }

    public int OpenSlots
    {
        get
        {
            lock (_gate)
            {
                return _rendezvous.Open;
            }
        }
    }

    /// <summary>
    /// A new connection, with its challenge waiting to be sent; null if there are too many. <paramref name="wake"/> is
    /// called, from any thread, whenever there may be something to send or to close; it must only signal.
    /// </summary>
    public Connection? Connect(string address, Action wake)
    {
        Connection connection;
        lock (_gate)
        {
            var here = _perAddress.GetValueOrDefault(address);
            if (_draining || _connections.Count >= _quotas.Connections || here >= _quotas.ConnectionsPerAddress)
            {
                return null;
            }
            var nonce = new byte[LoginCheck.NonceSize];
            _random.Fill(nonce);
            connection = new Connection(++_lastNumber, address, nonce, _quotas, SteadyNow, wake);
            _connections.Add(connection.Number, connection);
            _perAddress[address] = here + 1;
        }
        connection.Send(
            new RelayFrame
            {
                Challenge = new RelayChallenge
                {
                    Version = _rules.Version,
                    OldestVersion = _rules.OldestVersion,
                    Nonce = ByteString.CopyFrom(connection.Nonce),
                    TokenRequired = _rules.Token is not null,
                },
            }
        );
        return connection;
    }

    /// <summary>The transport is gone. Safe to call twice.</summary>
    public void Disconnect(Connection connection)
    {
        connection.Close();
        lock (_gate)
        {
            if (!_connections.Remove(connection.Number))
            {
                return;
            }
            var here = _perAddress[connection.Address] - 1;
            if (here == 0)
            {
                _perAddress.Remove(connection.Address);
            }
            else
            {
                _perAddress[connection.Address] = here;
            }
            _rendezvous.Leave(connection);
            _circuits.Leave(connection);
            if (connection.Mailbox is { } mailbox)
            {
                _board.Leave(connection, mailbox);
            }
        }
    }

    /// <summary>One frame of a connection. Never throws for what the frame says, nor for a failed disk.</summary>
    public async ValueTask HandleAsync(Connection connection, ReadOnlyMemory<byte> bytes)
    {
        if (connection.IsClosing)
        {
            return;
        }
        connection.Heard = SteadyNow;
        if (!WireReader.TryRead<RelayFrame>(bytes.Span, Limits.RelayFrame, out var frame))
        {
            connection.Close(Reason.Malformed);
            return;
        }
        try
        {
            if (!connection.IsLoggedIn)
            {
                await LogInAsync(connection, frame);
            }
            else
            {
                await HandleRequestAsync(connection, frame);
            }
        }
        catch (RelayStorageException)
        {
            Refuse(connection, frame.Request, Reason.Storage, RetrySoon);
        }
    }

    /// <summary>Reads on in the connection's mailbox if it is behind and its queue is empty.</summary>
    public async ValueTask FillAsync(Connection connection)
    {
        if (connection.Mailbox is not { } mailbox || !connection.BeginFill())
        {
            return;
        }
        List<Connection.StoredFrame>? frames = null;
        try
        {
            var read = await _mailboxes.ReadAsync(
                mailbox,
                connection.SentThrough,
                FillCount,
                _quotas.OutgoingBytes / 2,
                _time.GetUtcNow()
            );
            frames = [.. read.Select(entry => IncomingOf(entry.Sequence, entry.From, entry.Envelope))];
        }
        catch (RelayStorageException)
        {
            // Stays behind; the next sweep nudges it.
        }
        finally
        {
            connection.EndFill(frames);
        }
    }

    /// <summary>Drops who is silent and what is too old. To be called about once a second.</summary>
    public async ValueTask SweepAsync()
    {
        var steady = SteadyNow;
        lock (_gate)
        {
            _rendezvous.Expire(steady);
            _circuits.Expire(steady);
            foreach (var (_, connection) in _connections)
            {
                var deadline = connection.IsLoggedIn
                    ? connection.Heard + _quotas.Silent
                    : connection.Opened + _quotas.LoginWithin;
                if (deadline <= steady)
                {
                    connection.Close();
                }
                connection.Nudge();
            }
            if (steady < _nextExpiry)
            {
                return;
            }
            _nextExpiry = steady + ExpireEvery;
        }
        // By the wall clock: what is kept outlives this process.
        var now = _time.GetUtcNow();
        try
        {
            await _mailboxes.ExpireAsync(now, now - _quotas.MailboxUnused);
            await _blobStore.ExpireAsync(now);
        }
        catch (RelayStorageException)
        {
            // A disk that is full cannot expire either; it is tried again in a minute.
        }
    }

    /// <summary>Asks everybody to come back later and takes nobody new.</summary>
    public void Drain()
    {
        lock (_gate)
        {
            _draining = true;
            foreach (var (_, connection) in _connections)
            {
                connection.Send(
                    new RelayFrame
                    {
                        Draining = new RelayDraining { ReconnectAfterMs = (long)ReconnectAfter.TotalMilliseconds },
                    }
                );
                connection.Close();
            }
        }
    }

    private async ValueTask LogInAsync(Connection connection, RelayFrame frame)
    {
        if (frame.FrameCase != RelayFrame.FrameOneofCase.Login)
        {
            connection.Close(Reason.Malformed);
            return;
        }
        var login = frame.Login;
        if (login.Version > _rules.Version || login.Version < _rules.OldestVersion)
        {
            connection.Close(Reason.Version, login.Version > _rules.Version ? "toss-relay" : "toss");
            return;
        }
        if (!LoginCheck.TryVerify(login, connection.Nonce, out var mailbox))
        {
            connection.Close(Reason.Signature);
            return;
        }
        var admission = _rules.Admit(login.Token);
        if (admission == Admission.Refused)
        {
            connection.Close(Reason.Token);
            return;
        }
        var ready = new RelayReady
        {
            Version = login.Version,
            Guest = admission == Admission.Guest,
            Limits = new RelayLimits
            {
                MailboxBytes = _quotas.MailboxBytes,
                MailboxEnvelopes = _quotas.MailboxEnvelopes,
                BlobBytes = _quotas.BlobBytes,
            },
            UdpPorts = { _rules.UdpPorts.Select(port => (uint)port) },
            OtherPort = _rules.HasOtherPort,
            Circuits = _rules.Circuits && admission == Admission.Admitted,
            CircuitsByUdp = _rules.Circuits && _rules.UdpPorts.Count > 0 && admission == Admission.Admitted,
        };
        if (admission == Admission.Guest)
        {
            connection.IsGuest = true;
            connection.Greet(ready);
            return;
        }
        Connection? replaced;
        var allowed = await _mailboxes.OpenAsync(mailbox, _time.GetUtcNow());
        lock (_gate)
        {
            if (!_connections.ContainsKey(connection.Number))
            {
                return;
            }
            connection.Mailbox = mailbox;
            connection.Allowed = allowed;
            connection.Greet(ready);
            replaced = _board.Arrive(connection, mailbox);
            if (replaced is not null)
            {
                _rendezvous.Leave(replaced);
                _circuits.Leave(replaced);
            }
        }
        replaced?.Close(Reason.Replaced);
        connection.MarkBehind();
    }
}
