using Google.Protobuf;
using Toss.Relay.Mailboxes;
using Toss.Wire;
using Reason = Toss.Wire.RelayRefused.Types.Reason;

namespace Toss.Relay.Routing;

/// <summary>After login: one request, one answer.</summary>
public sealed partial class Router
{
    /// <summary>How soon a live envelope may be tried again when its reader is behind.</summary>
    private static readonly TimeSpan RetryLive = TimeSpan.FromSeconds(1);

    /// <summary>What a full mailbox or a broken disk is asked again after.</summary>
    private static readonly TimeSpan RetrySoon = TimeSpan.FromMinutes(1);

    private async ValueTask HandleRequestAsync(Connection connection, RelayFrame frame)
    {
        var request = frame.Request;
        switch (frame.FrameCase)
        {
            case RelayFrame.FrameOneofCase.Ping:
                Accept(connection, request);
                return;
            case RelayFrame.FrameOneofCase.RendezvousJoin:
                Join(connection, request, frame.RendezvousJoin);
                return;
            case RelayFrame.FrameOneofCase.RendezvousMessage:
                lock (_gate)
                {
                    Answer(connection, request, _rendezvous.TryPass(connection, frame.RendezvousMessage));
                }
                return;
            case RelayFrame.FrameOneofCase.RendezvousClose:
                lock (_gate)
                {
                    _rendezvous.Close(connection, frame.RendezvousClose.Slot);
                }
                Accept(connection, request);
                return;
            case RelayFrame.FrameOneofCase.None:
                // A request of a later minor version.
                Refuse(connection, request, Reason.Malformed);
                return;
        }
        if (connection.Mailbox is not { } mailbox)
        {
            Refuse(connection, request, Reason.Token);
            return;
        }
        switch (frame.FrameCase)
        {
            case RelayFrame.FrameOneofCase.Deliver:
                await DeliverAsync(connection, mailbox, request, frame.Deliver);
                break;
            case RelayFrame.FrameOneofCase.Acknowledge:
                // Never more than this connection was given: a number of another life of this relay must not delete.
                var through = Math.Min(frame.Acknowledge.Sequence, connection.SentThrough);
                await _mailboxes.AcknowledgeAsync(mailbox, through);
                Accept(connection, request);
                break;
            case RelayFrame.FrameOneofCase.Allow:
                await AllowAsync(connection, mailbox, request, frame.Allow);
                break;
            case RelayFrame.FrameOneofCase.RendezvousOpen:
                Open(connection, request, frame.RendezvousOpen);
                break;
            case RelayFrame.FrameOneofCase.BlobAsk:
                await AskBlobAsync(connection, mailbox, request, frame.BlobAsk);
                break;
            case RelayFrame.FrameOneofCase.BlobPut:
                Answer(connection, request, await _blobs.PutAsync(mailbox, frame.BlobPut, _time.GetUtcNow()));
                break;
            case RelayFrame.FrameOneofCase.BlobGet:
                var (refused, chunk) = await _blobs.GetAsync(mailbox, frame.BlobGet, _time.GetUtcNow());
                if (refused is null && request != 0)
                {
                    connection.Send(
                        new RelayFrame
                        {
                            Request = request,
                            BlobChunk = new BlobChunk { Chunk = UnsafeByteOperations.UnsafeWrap(chunk) },
                        }
                    );
                }
                else
                {
                    Answer(connection, request, refused);
                }
                break;
            case RelayFrame.FrameOneofCase.BlobDelete:
                Answer(connection, request, await _blobs.DeleteAsync(mailbox, frame.BlobDelete));
                break;
            case RelayFrame.FrameOneofCase.CircuitOpen:
                await OpenCircuitAsync(connection, mailbox, request, frame.CircuitOpen);
                break;
            case RelayFrame.FrameOneofCase.CircuitDatagrams:
                PassDatagrams(connection, frame.CircuitDatagrams);
                break;
            case RelayFrame.FrameOneofCase.CircuitClose:
                CloseCircuit(connection, request, frame.CircuitClose);
                break;
            default:
                // A frame only a relay sends, or a second login.
                connection.Close(Reason.Malformed);
                break;
        }
    }

    private async ValueTask DeliverAsync(Connection connection, MailboxId from, ulong request, RelayDeliver deliver)
    {
        // Stage 8. Nothing to tag: the relay does not know which clip this is.
        using var stage = Stages.StartActivity("Relay");
        if (!MailboxId.TryFrom(deliver.Mailbox.Span, out var to) || deliver.TtlMs < 0)
        {
            connection.Close(Reason.Malformed);
            return;
        }
        if (deliver.Envelope.Length > Limits.Envelope)
        {
            Refuse(connection, request, Reason.TooLarge);
            return;
        }
        if (deliver.TtlMs == 0)
        {
            Answer(connection, request, await ForwardAsync(to, from, deliver.Envelope.Memory));
            return;
        }
        var now = _time.GetUtcNow();
        var expires = now + TimeSpan.FromMilliseconds(Math.Min(deliver.TtlMs, _quotas.Keep.TotalMilliseconds));
        var stored = await _mailboxes.AppendAsync(to, from, deliver.Envelope.Memory, expires, now);
        switch (stored.Status)
        {
            case AppendStatus.Stored:
                Accept(connection, request);
                lock (_gate)
                {
                    if (_board.TryFind(to, out var there))
                    {
                        there.Offer(IncomingOf(stored.Sequence, from, deliver.Envelope.Memory));
                    }
                }
                break;
            case AppendStatus.NotAllowed:
                Refuse(connection, request, Reason.NotAllowed);
                break;
            case AppendStatus.MailboxFull:
                Refuse(connection, request, Reason.MailboxFull, RetrySoon);
                break;
            case AppendStatus.SenderQuota:
                Refuse(connection, request, Reason.SenderQuota, RetrySoon);
                break;
        }
    }

    /// <summary>Time to live zero: to a connected mailbox, kept nowhere.</summary>
    private async ValueTask<Reason?> ForwardAsync(MailboxId to, MailboxId from, ReadOnlyMemory<byte> envelope)
    {
        if (!await _mailboxes.IsAllowedAsync(to, from))
        {
            return Reason.NotAllowed;
        }
        lock (_gate)
        {
            if (!_board.TryFind(to, out var there))
            {
                return Reason.Away;
            }
            var incoming = new RelayIncoming
            {
                From = ByteString.CopyFrom(from.ToBytes()),
                Envelope = UnsafeByteOperations.UnsafeWrap(envelope),
            };
            return there.TrySend(new RelayFrame { Incoming = incoming }) ? null : Reason.Busy;
        }
    }

    private async ValueTask AllowAsync(Connection connection, MailboxId owner, ulong request, RelayAllow allow)
    {
        var allowed = new List<MailboxId>();
        var deliverOnly = new List<MailboxId>();
        foreach (
            var (bytes, list) in allow
                .Mailboxes.Select(id => (id, allowed))
                .Concat(allow.DeliverOnly.Select(id => (id, deliverOnly)))
        )
        {
            if (
                !MailboxId.TryFrom(bytes.Span, out var mailbox)
                || allowed.Count + deliverOnly.Count >= Limits.AllowedMailboxes
            )
            {
                connection.Close(Reason.Malformed);
                return;
            }
            if (!allowed.Contains(mailbox) && !deliverOnly.Contains(mailbox))
            {
                list.Add(mailbox);
            }
        }
        await _mailboxes.AllowAsync(owner, allowed, deliverOnly, _time.GetUtcNow());
        Accept(connection, request);
        lock (_gate)
        {
            // Replaced in the meantime: the newer login speaks for the mailbox now.
            if (_board.TryFind(owner, out var current) && current == connection)
            {
                _board.ChangeAllowed(connection, owner, allowed);
                _circuits.DropUnlisted(connection);
            }
        }
    }

    private async ValueTask AskBlobAsync(Connection connection, MailboxId owner, ulong request, BlobAsk ask)
    {
        var (refused, chunks) = await _blobs.AskAsync(owner, ask, _time.GetUtcNow());
        if (refused is not null)
        {
            Answer(connection, request, refused);
        }
        else if (request != 0)
        {
            connection.Send(
                new RelayFrame
                {
                    Request = request,
                    BlobHeld = new BlobHeld { Chunks = (uint)chunks },
                }
            );
        }
    }

    private void Open(Connection connection, ulong request, RendezvousOpen open)
    {
        lock (_gate)
        {
            var refused = _rendezvous.TryOpen(connection, open.Slot, SteadyNow, out var slot);
            AnswerSlot(connection, request, refused, slot, _quotas.RendezvousOpen);
        }
    }

    private void Join(Connection connection, ulong request, RendezvousJoin join)
    {
        lock (_gate)
        {
            var refused = _rendezvous.TryJoin(connection, join.Slot, SteadyNow, out var left);
            AnswerSlot(connection, request, refused, join.Slot, left);
        }
    }

    private static void AnswerSlot(
        Connection connection,
        ulong request,
        Reason? refused,
        ByteString slot,
        TimeSpan left
    )
    {
        if (refused is not null)
        {
            Answer(connection, request, refused);
            return;
        }
        connection.Send(
            new RelayFrame
            {
                Request = request,
                RendezvousOpened = new RendezvousOpened { Slot = slot, ExpiresInMs = (long)left.TotalMilliseconds },
            }
        );
    }

    private static void Accept(Connection connection, ulong request)
    {
        if (request != 0)
        {
            connection.Send(new RelayFrame { Request = request, Accepted = new RelayAccepted() });
        }
    }

    private static void Refuse(Connection connection, ulong request, Reason reason, TimeSpan retryAfter = default)
    {
        // A refusal of no request would mean the connection.
        if (request != 0)
        {
            connection.Refuse(request, reason, retryAfter);
        }
    }

    private static void Answer(Connection connection, ulong request, Reason? refused)
    {
        if (refused is { } reason)
        {
            Refuse(connection, request, reason, reason is Reason.Busy ? RetryLive : default);
        }
        else
        {
            Accept(connection, request);
        }
    }

    private static Connection.StoredFrame IncomingOf(ulong sequence, MailboxId from, ReadOnlyMemory<byte> envelope)
    {
        var incoming = new RelayIncoming
        {
            Sequence = sequence,
            From = ByteString.CopyFrom(from.ToBytes()),
            Envelope = UnsafeByteOperations.UnsafeWrap(envelope),
        };
        return new(sequence, new RelayFrame { Incoming = incoming }.ToByteArray());
    }
}
