using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Wire;
using Toss.Wire.Circuits;
using Reason = Toss.Wire.RelayRefused.Types.Reason;

namespace Toss.Relay.Routing;

/// <summary>
/// Circuits: datagrams between two mailboxes that are connected now, passed on and never kept. What is inside is a link of
/// the two devices, which proves and hides everything itself; here it is bytes.
/// <para>
/// Each side has its own random id, which names the circuit and the side; an id of another connection is worth nothing here.
/// What does not fit, into the sender's allowance or the receiver's queue, is dropped: links take that for a full network,
/// and slow down. Not thread-safe: behind the router's gate.
/// </para>
/// </summary>
internal sealed class CircuitDesk(RelayQuotas quotas, IRandomness random)
{
    public const int IdSize = 16;

    /// <summary>When a mailbox that has used up its day is let in again.</summary>
    private static readonly TimeSpan RetryVolume = TimeSpan.FromHours(1);

    /// <summary>When there may be room again.</summary>
    private static readonly TimeSpan RetryRoom = TimeSpan.FromMinutes(1);

    private readonly SortedDictionary<UInt128, CircuitEnd> _ends = [];
    private readonly Dictionary<long, List<CircuitEnd>> _byConnection = [];
    private readonly Dictionary<MailboxId, (ByteAllowance Rate, ByteAllowance Volume)> _allowances = [];
    private long _opened;
    private long _bytes;
    private long _dropped;
    private long _byUdp;

    public CircuitTraffic Traffic => new(_ends.Count / 2, _opened, _bytes, _dropped, _byUdp);

    /// <summary>
    /// A circuit from here to there, the one that exists if there is one; the other side is told of a new one. Whether the
    /// two list each other is the caller's to know.
    /// </summary>
    public (Reason Reason, TimeSpan RetryAfter)? TryOpen(
        Connection here,
        Connection there,
        DateTimeOffset now,
        out CircuitEnd? end
    )
    {
        end = EndsOf(here).FirstOrDefault(one => one.Other.Connection == there);
        if (end is not null)
        {
            end.Touch(now);
            return null;
        }
        if (
            _ends.Count >= 2 * quotas.Circuits
            || EndsOf(here).Count >= quotas.CircuitsPerMailbox
            || EndsOf(there).Count >= quotas.CircuitsPerMailbox
        )
        {
            return (Reason.TooMany, RetryRoom);
        }
        // With what comes back in that time, so that it does not end with its first datagrams.
        if (!AllowanceOf(here.Mailbox!.Value, now).Volume.Has(quotas.CircuitBytesPerDay / 24d, now))
        {
            return (Reason.TooMany, RetryVolume);
        }
        var opened = new CircuitEnd(NewId(), NewSecret(), here, here.Mailbox.Value);
        var other = new CircuitEnd(NewId(), NewSecret(), there, there.Mailbox!.Value);
        CircuitEnd.Join(opened, other, now);
        if (!there.TrySend(new RelayFrame { CircuitOpened = Write(other) }))
        {
            return (Reason.Busy, TimeSpan.FromSeconds(1));
        }
        end = opened;
        Add(opened);
        Add(other);
        _opened++;
        return null;
    }

    /// <summary>False if they are none, or too many, which no honest sender sends.</summary>
    /// <param name="leaves">What goes on by UDP, and is to be sent outside the gate.</param>
    public bool TryPass(Connection from, CircuitDatagrams datagrams, DateTimeOffset now, out CircuitPackets? leaves)
    {
        leaves = null;
        var length = datagrams.Payload.Length;
        if (
            datagrams.Circuit.Length != IdSize
            || datagrams.Size is 0 or > Limits.CircuitDatagram
            || length is 0 or > Limits.CircuitPayload
            || length > Limits.CircuitDatagrams * datagrams.Size
        )
        {
            return false;
        }
        if (TryFind(from, datagrams.Circuit, out var end))
        {
            leaves = Pass(end, datagrams.Payload.Span, (int)datagrams.Size, now);
        }
        else
        {
            // It ended a moment ago, or this is a guess; who does not read its answers is not told.
            _dropped += length;
            from.TrySend(new RelayFrame { CircuitClosed = new CircuitClosed { Circuit = datagrams.Circuit } });
        }
        return true;
    }

    /// <summary>One datagram by UDP. What does not come from where its side receives is dropped: an id alone proves nothing.</summary>
    /// <returns>What goes on by UDP, and is to be sent outside the gate.</returns>
    public CircuitPackets? Pass(UInt128 circuit, CircuitWay from, ReadOnlySpan<byte> datagram, DateTimeOffset now)
    {
        if (_ends.TryGetValue(circuit, out var end) && end.Way == from)
        {
            _byUdp += datagram.Length;
            return Pass(end, datagram, datagram.Length, now);
        }
        _dropped += datagram.Length;
        return null;
    }

    /// <summary>
    /// Somebody receives there, as its cookie shows. False if there is no such circuit, or the proof says that it is not this
    /// side: the id alone was seen by whoever is on the way.
    /// </summary>
    public bool TryBind(
        UInt128 circuit,
        ReadOnlySpan<byte> cookie,
        ReadOnlySpan<byte> proof,
        CircuitWay way,
        DateTimeOffset now
    )
    {
        if (
            !_ends.TryGetValue(circuit, out var end)
            || !CryptographicOperations.FixedTimeEquals(proof, end.Secret.Prove(cookie))
        )
        {
            return false;
        }
        end.Bind(way, now + quotas.CircuitWayFor);
        return true;
    }

    private CircuitPackets? Pass(CircuitEnd end, ReadOnlySpan<byte> datagrams, int size, DateTimeOffset now)
    {
        var (rate, volume) = AllowanceOf(end.Mailbox, now);
        if (!rate.TryTake(datagrams.Length, now))
        {
            _dropped += datagrams.Length;
            return null;
        }
        if (!volume.TryTake(datagrams.Length, now))
        {
            _dropped += datagrams.Length;
            Leave(end.Connection);
            return null;
        }
        end.Touch(now);
        var to = end.Other;
        to.ExpireWay(now);
        if (to.Way is { } way)
        {
            _bytes += datagrams.Length;
            return new CircuitPackets(way, CircuitPacket.Carry(to.Id, datagrams, size), CircuitPacket.HeadSize + size);
        }
        var passed = new CircuitDatagrams
        {
            Circuit = Write(to.Id),
            Size = (uint)size,
            Payload = ByteString.CopyFrom(datagrams),
        };
        if (to.Connection.TrySendDatagrams(new RelayFrame { CircuitDatagrams = passed }))
        {
            _bytes += datagrams.Length;
        }
        else
        {
            _dropped += datagrams.Length;
        }
        return null;
    }

    public void Close(Connection from, ByteString circuit)
    {
        if (TryFind(from, circuit, out var end))
        {
            Remove(end);
            Tell(end.Other);
        }
    }

    /// <summary>Ends all of one connection's; both sides are told, as far as they are there.</summary>
    public void Leave(Connection connection) => End(EndsOf(connection));

    /// <summary>Ends those of one connection whose other side it does not list any more, or that does not list it.</summary>
    public void DropUnlisted(Connection connection) =>
        End([
            .. EndsOf(connection)
                .Where(end =>
                    !connection.Allowed.Contains(end.Other.Mailbox)
                    || !end.Other.Connection.Allowed.Contains(end.Mailbox)
                ),
        ]);

    /// <summary>Ends what nobody uses.</summary>
    public void Expire(DateTimeOffset now)
    {
        End([.. _ends.Values.Where(end => end.Used + quotas.CircuitIdle <= now)]);
        foreach (
            var mailbox in _allowances
                .Where(one => one.Value.Volume.IsWhole(now) && one.Value.Rate.IsWhole(now))
                .Select(one => one.Key)
                .ToList()
        )
        {
            _allowances.Remove(mailbox);
        }
    }

    public static CircuitOpened Write(CircuitEnd end) =>
        new()
        {
            Circuit = Write(end.Id),
            Mailbox = ByteString.CopyFrom(end.Other.Mailbox.ToBytes()),
            Secret = ByteString.CopyFrom(end.Secret.ToBytes()),
        };

    private static ByteString Write(UInt128 id)
    {
        var bytes = new byte[IdSize];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, id);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    private bool TryFind(Connection connection, ByteString circuit, [NotNullWhen(true)] out CircuitEnd? end)
    {
        end = null;
        return circuit.Length == IdSize
            && _ends.TryGetValue(BinaryPrimitives.ReadUInt128BigEndian(circuit.Span), out end)
            && end.Connection == connection;
    }

    private IReadOnlyList<CircuitEnd> EndsOf(Connection connection) =>
        _byConnection.TryGetValue(connection.Number, out var ends) ? ends : [];

    private (ByteAllowance Rate, ByteAllowance Volume) AllowanceOf(MailboxId mailbox, DateTimeOffset now)
    {
        if (!_allowances.TryGetValue(mailbox, out var allowance))
        {
            allowance = (
                new ByteAllowance(quotas.CircuitBurst, quotas.CircuitBytesPerSecond, now),
                new ByteAllowance(
                    quotas.CircuitBytesPerDay,
                    quotas.CircuitBytesPerDay / TimeSpan.FromDays(1).TotalSeconds,
                    now
                )
            );
            _allowances.Add(mailbox, allowance);
        }
        return allowance;
    }

    private UInt128 NewId()
    {
        Span<byte> bytes = stackalloc byte[IdSize];
        random.Fill(bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private CircuitSecret NewSecret()
    {
        Span<byte> bytes = stackalloc byte[CircuitSecret.Size];
        random.Fill(bytes);
        CircuitSecret.TryFrom(bytes, out var secret);
        return secret;
    }

    private void Add(CircuitEnd end)
    {
        _ends.Add(end.Id, end);
        if (!_byConnection.TryGetValue(end.Connection.Number, out var ends))
        {
            _byConnection.Add(end.Connection.Number, ends = []);
        }
        ends.Add(end);
    }

    private void End(IReadOnlyList<CircuitEnd> ended)
    {
        foreach (var end in ended.ToList())
        {
            if (_ends.ContainsKey(end.Id))
            {
                Remove(end);
                Tell(end);
                Tell(end.Other);
            }
        }
    }

    private void Remove(CircuitEnd end)
    {
        foreach (var one in new[] { end, end.Other })
        {
            _ends.Remove(one.Id);
            var ends = _byConnection[one.Connection.Number];
            ends.Remove(one);
            if (ends.Count == 0)
            {
                _byConnection.Remove(one.Connection.Number);
            }
        }
    }

    /// <summary>One that does not keep up hears of it with its next datagram.</summary>
    private static void Tell(CircuitEnd end) =>
        end.Connection.TrySend(new RelayFrame { CircuitClosed = new CircuitClosed { Circuit = Write(end.Id) } });
}
