using Google.Protobuf;
using Toss.Wire;
using Reason = Toss.Wire.RelayRefused.Types.Reason;

namespace Toss.Relay.Routing;

/// <summary>
/// The router's side of one connection: who it is, what waits to leave, how far its mailbox was read. Knows no socket.
/// <para>
/// Whoever owns the transport gives every frame to <see cref="Router.HandleAsync"/>, one after another and none while
/// <see cref="HasRoom"/> is false; after each wake-up it calls <see cref="Router.FillAsync"/> and sends what
/// <see cref="TryTake"/> gives, and closes once that is empty and <see cref="IsClosing"/>.
/// </para>
/// Nothing is buffered for a slow reader: the mailbox stays in the store and is read as the queue drains.
/// </summary>
public sealed class Connection
{
    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _outgoing = new();
    private readonly Queue<byte[]> _datagrams = new();
    private readonly List<(MailboxId Mailbox, bool Online)> _presence = [];
    private readonly RelayQuotas _quotas;
    private readonly Action _wake;
    private byte[]? _ready;
    private int _outgoingBytes;
    private int _datagramBytes;
    private bool _behind;
    private bool _filling;
    private volatile bool _closing;

    internal Connection(long number, string address, byte[] nonce, RelayQuotas quotas, DateTimeOffset now, Action wake)
    {
        Number = number;
        Address = address;
        Nonce = nonce;
        _quotas = quotas;
        _wake = wake;
        Opened = now;
        Heard = now;
    }

    /// <summary>Numbers connections in the order they came; what logs call them.</summary>
    public long Number { get; }

    /// <summary>The mailbox, once it logged in with full rights.</summary>
    public MailboxId? Mailbox { get; internal set; }

    /// <summary>The owner of this connection sends what is left and closes.</summary>
    public bool IsClosing => _closing;

    /// <summary>False while answers pile up: then the next request is not read.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_gate)
            {
                return _outgoing.Count < _quotas.OutgoingFrames && _outgoingBytes < _quotas.OutgoingBytes;
            }
        }
    }

    /// <summary>Limits count by this; never logged above debug level.</summary>
    internal string Address { get; }

    internal byte[] Nonce { get; }

    /// <summary>By the clock that nobody sets.</summary>
    internal DateTimeOffset Opened { get; }

    /// <summary>Likewise.</summary>
    internal DateTimeOffset Heard { get; set; }

    internal bool IsGuest { get; set; }

    internal bool IsLoggedIn => Mailbox is not null || IsGuest;

    /// <summary>Who may write here, in the owner's order. Guarded by the router's gate.</summary>
    internal IReadOnlyList<MailboxId> Allowed { get; set; } = [];

    /// <summary>The highest sequence handed to this connection: nothing above it can have been seen.</summary>
    internal ulong SentThrough { get; private set; }

    /// <summary>The next frame to send.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            if (_ready is { } ready)
            {
                _ready = null;
                frame = ready;
                return true;
            }
            if (_presence.Count > 0 && !IsClosing)
            {
                var (mailbox, online) = _presence[0];
                _presence.RemoveAt(0);
                var presence = new RelayPresence { Mailbox = ByteString.CopyFrom(mailbox.ToBytes()), Online = online };
                frame = new RelayFrame { Presence = presence }.ToByteArray();
                return true;
            }
            if (_outgoing.TryDequeue(out var next))
            {
                _outgoingBytes -= next.Length;
                frame = next;
                return true;
            }
            if (!_closing && _datagrams.TryDequeue(out next))
            {
                _datagramBytes -= next.Length;
                frame = next;
                return true;
            }
            frame = default;
            return false;
        }
    }

    /// <summary>
    /// Queues the word that the login is done, before anything else: to be called before others can find this
    /// connection, whose envelopes and presence would come too early.
    /// </summary>
    internal void Greet(RelayReady ready)
    {
        lock (_gate)
        {
            _ready = new RelayFrame { Ready = ready }.ToByteArray();
        }
        _wake();
    }

    /// <summary>Queues a frame that must not be lost: an answer, of which there is one per request.</summary>
    internal void Send(RelayFrame frame)
    {
        Enqueue(frame.ToByteArray());
        _wake();
    }

    /// <summary>Queues a frame unless this reader is behind.</summary>
    internal bool TrySend(RelayFrame frame)
    {
        if (!HasRoom || IsClosing)
        {
            return false;
        }
        Send(frame);
        return true;
    }

    /// <summary>
    /// Queues datagrams of a circuit, behind everything else: false if too many wait already. They have a queue of their own,
    /// so that a flood of them keeps no answer and no envelope back.
    /// </summary>
    internal bool TrySendDatagrams(RelayFrame frame)
    {
        var bytes = frame.ToByteArray();
        lock (_gate)
        {
            if (IsClosing || _datagramBytes + bytes.Length > _quotas.CircuitQueueBytes)
            {
                return false;
            }
            _datagrams.Enqueue(bytes);
            _datagramBytes += bytes.Length;
        }
        _wake();
        return true;
    }

    internal void Refuse(ulong request, Reason reason, TimeSpan retryAfter = default, string update = "") =>
        Send(
            new RelayFrame
            {
                Request = request,
                Refused = new RelayRefused
                {
                    Reason = reason,
                    RetryAfterMs = (long)retryAfter.TotalMilliseconds,
                    Update = update,
                },
            }
        );

    internal void Close(Reason? reason = null, string update = "")
    {
        if (IsClosing)
        {
            return;
        }
        if (reason is { } why)
        {
            Refuse(0, why, update: update);
        }
        _closing = true;
        _wake();
    }

    /// <summary>Presence is a state, not a stream: a newer one takes the older one's place in the queue.</summary>
    internal void SendPresence(MailboxId mailbox, bool online)
    {
        lock (_gate)
        {
            var index = _presence.FindIndex(entry => entry.Mailbox == mailbox);
            if (index >= 0)
            {
                _presence[index] = (mailbox, online);
            }
            else
            {
                _presence.Add((mailbox, online));
            }
        }
        _wake();
    }

    /// <summary>There is something in the mailbox that this connection has not seen.</summary>
    internal void MarkBehind()
    {
        lock (_gate)
        {
            _behind = true;
        }
        _wake();
    }

    /// <summary>Wakes the owner if the mailbox waits to be read: after a disk failure nobody else would.</summary>
    internal void Nudge()
    {
        if (_behind)
        {
            _wake();
        }
    }

    /// <summary>
    /// A stored envelope, offered as it was stored. It is sent at once only if it is the very next one. Acknowledgements
    /// are cumulative, so sending 6 before 5 would lose 5; out of turn it is read from the mailbox.
    /// </summary>
    internal void Offer(StoredFrame stored)
    {
        lock (_gate)
        {
            if (stored.Sequence <= SentThrough)
            {
                return;
            }
            if (
                !_behind
                && !_filling
                && stored.Sequence == SentThrough + 1
                && _outgoing.Count < _quotas.OutgoingFrames
                && _outgoingBytes < _quotas.OutgoingBytes
            )
            {
                SentThrough = stored.Sequence;
                EnqueueLocked(stored.Frame);
            }
            else
            {
                _behind = true;
            }
        }
        _wake();
    }

    /// <summary>True if the mailbox is to be read now; then <see cref="EndFill"/> must follow.</summary>
    internal bool BeginFill()
    {
        lock (_gate)
        {
            if (!_behind || _filling || IsClosing || _outgoing.Count > 0)
            {
                return false;
            }
            // Whatever is stored from here on sets it again.
            _behind = false;
            _filling = true;
            return true;
        }
    }

    /// <summary>What was read, in order. Empty says that nothing is left; null that it could not be read.</summary>
    internal void EndFill(IReadOnlyList<StoredFrame>? read)
    {
        lock (_gate)
        {
            _filling = false;
            _behind |= read is null || read.Count > 0;
            foreach (var stored in read ?? [])
            {
                SentThrough = stored.Sequence;
                EnqueueLocked(stored.Frame);
            }
        }
    }

    private void Enqueue(byte[] frame)
    {
        lock (_gate)
        {
            if (!IsClosing)
            {
                EnqueueLocked(frame);
            }
        }
    }

    private void EnqueueLocked(byte[] frame)
    {
        _outgoing.Enqueue(frame);
        _outgoingBytes += frame.Length;
    }

    /// <summary>An Incoming frame and its sequence.</summary>
    internal readonly record struct StoredFrame(ulong Sequence, byte[] Frame);
}
