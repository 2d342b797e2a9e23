using Toss.Quic.Wire;

namespace Toss.Quic.Protection;

/// <summary>
/// Seals and opens 1-RTT packets through key updates (RFC 9001 §6). In place, and without allocation for each packet.
/// Reading and writing have their own generation: who starts an update writes with the new keys at once, and reads with
/// them from the peer's first packet under them. Not thread-safe.
/// </summary>
internal sealed class OneRttProtector : IDisposable
{
    private const int ReservedBits = 0x18;
    private const int KeyPhaseBit = 0x04;
    private const int OldKeysKept = 3;

    private readonly HeaderProtection _writeHeader;
    private readonly HeaderProtection _readHeader;
    private readonly KeyChain _write;
    private readonly KeyChain _read;
    private readonly AeadLimits _limits;

    private PacketKeys? _old;
    private byte[] _copy = [];

    // Of the current write keys.
    private long _sealed;
    private long _firstSealed = -1;
    private bool _isAcknowledged;

    // Of the current read keys, and the largest of all before.
    private long _lowestOpened = long.MaxValue;
    private long _largestOpened = -1;
    private long _largestOfOld = -1;

    public OneRttProtector(
        CipherSuite suite,
        ReadOnlySpan<byte> writeSecret,
        ReadOnlySpan<byte> readSecret,
        AeadLimits? limits = null
    )
    {
        _limits = limits ?? SuiteParameters.Of(suite).Limits;
        _writeHeader = new HeaderProtection(suite, writeSecret);
        _readHeader = new HeaderProtection(suite, readSecret);
        _write = new KeyChain(suite, writeSecret);
        _read = new KeyChain(suite, readSecret);
    }

    public long WriteGeneration => _write.Generation;

    public long ReadGeneration => _read.Generation;

    /// <summary>
    /// Packets that did not open. The limit counts all of a connection (§6.6): what failed at other levels is added by
    /// <see cref="AddFailed"/>.
    /// </summary>
    public long Failed { get; private set; }

    /// <summary>When <see cref="Expire"/> is to be called; <see cref="Instant.Never"/> without old keys.</summary>
    public Instant OldKeysUntil { get; private set; } = Instant.Never;

    /// <summary>Half of the packets that the key may seal are: time for an update (§6.6).</summary>
    public bool WantsUpdate => _sealed >= _limits.Confidentiality / 2;

    /// <summary>No update may be started before (§6.1).</summary>
    public bool IsHandshakeConfirmed { get; set; }

    public void AddFailed(long count) => Failed += count;

    /// <summary>Discards the keys before the last update, three PTO after it (§6.5).</summary>
    public void Expire(Instant now)
    {
        if (now >= OldKeysUntil)
        {
            DropOld();
        }
    }

    /// <summary>
    /// Starts a key update. False while it may not be: before the handshake is confirmed, before the peer acknowledged a
    /// packet under the current keys and answered with its own (§6.1), or while old keys are kept (§6.5).
    /// </summary>
    public bool TryUpdate(Instant now)
    {
        Expire(now);
        if (!IsHandshakeConfirmed || !_isAcknowledged || _old is not null || _read.Generation != _write.Generation)
        {
            return false;
        }
        AdvanceWriting();
        return true;
    }

    /// <summary>
    /// The peer acknowledged one of our packets. False is a KEY_UPDATE_ERROR: it acknowledged one under our new keys in a
    /// packet under its old ones (§6.2).
    /// </summary>
    /// <param name="packetNumber">The largest that is new.</param>
    /// <param name="inGeneration">Of the packet with the ACK: <see cref="OpenedPacket.KeyGeneration"/>.</param>
    public bool OnAcknowledged(long packetNumber, long inGeneration)
    {
        if (_firstSealed < 0 || packetNumber < _firstSealed)
        {
            return true;
        }
        if (inGeneration < _write.Generation)
        {
            return false;
        }
        _isAcknowledged = true;
        return true;
    }

    /// <summary>False when the key may seal no more and no update came: the connection ends with AEAD_LIMIT_REACHED.</summary>
    /// <param name="packet">
    /// From its first byte to the end of the space for its tag; its frames are at least
    /// <see cref="HeaderProtection.SmallestPayload"/>. Its key phase is set here.
    /// </param>
    /// <param name="headerSize">With the packet number.</param>
    public bool TrySeal(Span<byte> packet, int headerSize, int packetNumberLength, long packetNumber)
    {
        if (_sealed >= _limits.Confidentiality)
        {
            return false;
        }
        if (_sealed++ == 0)
        {
            _firstSealed = packetNumber;
        }
        packet[0] = (byte)((packet[0] & ~KeyPhaseBit) | (_write.Phase * KeyPhaseBit));
        _write.Current.Seal(packet, headerSize, packetNumber);
        _writeHeader.Apply(packet, headerSize - packetNumberLength, packetNumberLength);
        return true;
    }

    /// <summary>
    /// Unless it opens, the packet's content is lost, but for its last 16 bytes: they may be a stateless reset token
    /// (RFC 9000 §10.3.1).
    /// </summary>
    /// <param name="largestReceived">In this packet number space; -1 if none was.</param>
    /// <param name="pto">The current probe timeout, which includes the peer's max_ack_delay.</param>
    public OpenStatus Open(
        Span<byte> packet,
        int packetNumberOffset,
        long largestReceived,
        Instant now,
        TimeSpan pto,
        out OpenedPacket opened
    )
    {
        opened = default;
        Expire(now);
        if (!_readHeader.TryRemove(packet, packetNumberOffset, out var length, out var truncated))
        {
            return OpenStatus.Dropped;
        }
        var number = PacketNumber.Decode(largestReceived, truncated, length);
        var headerSize = packetNumberOffset + length;
        var isCurrent = ((packet[0] & KeyPhaseBit) != 0) == (_read.Phase != 0);
        OpenStatus status;
        long generation;
        if (isCurrent)
        {
            status = OpenCurrent(packet, headerSize, number);
            generation = _read.Generation;
        }
        else if (_read.Generation > 0 && number < _lowestOpened)
        {
            // §6.3: a number below all of the current phase belongs to the one before.
            status = OpenOld(packet, headerSize, number);
            generation = _read.Generation - 1;
        }
        else
        {
            status = OpenNext(packet, headerSize, number, now, pto);
            generation = _read.Generation;
        }
        if (status == OpenStatus.Opened)
        {
            opened = new OpenedPacket(number, headerSize, packet.Length - headerSize - PacketAead.TagSize, generation);
        }
        return status;
    }

    public void Dispose()
    {
        DropOld();
        _write.Dispose();
        _read.Dispose();
        _writeHeader.Dispose();
        _readHeader.Dispose();
    }

    private OpenStatus OpenCurrent(Span<byte> packet, int headerSize, long number)
    {
        if (!_read.Current.TryOpen(packet, headerSize, number))
        {
            return Fail();
        }
        if ((packet[0] & ReservedBits) != 0)
        {
            return OpenStatus.ReservedBits;
        }
        if (number < _largestOfOld)
        {
            // §6.4: a later number was under older keys.
            return OpenStatus.KeyUpdateError;
        }
        _lowestOpened = Math.Min(_lowestOpened, number);
        _largestOpened = Math.Max(_largestOpened, number);
        return OpenStatus.Opened;
    }

    private OpenStatus OpenOld(Span<byte> packet, int headerSize, long number)
    {
        if (_old is null)
        {
            return OpenStatus.Dropped;
        }
        if (!_old.TryOpen(packet, headerSize, number))
        {
            return Fail();
        }
        if ((packet[0] & ReservedBits) != 0)
        {
            return OpenStatus.ReservedBits;
        }
        _largestOfOld = Math.Max(_largestOfOld, number);
        return OpenStatus.Opened;
    }

    private OpenStatus OpenNext(Span<byte> packet, int headerSize, long number, Instant now, TimeSpan pto)
    {
        // A failure destroys the text, and old keys may have to be tried after it.
        var copy = _old is null ? default : Copy(packet);
        if (!_read.Next.TryOpen(packet, headerSize, number))
        {
            // §6.4: old keys used after newer ones, with a higher number.
            return _old is not null && _old.TryOpen(copy, headerSize, number) ? OpenStatus.KeyUpdateError : Fail();
        }
        if ((packet[0] & ReservedBits) != 0)
        {
            return OpenStatus.ReservedBits;
        }
        // §6.4: a later number was under older keys. §6.2: a peer that starts updates without having heard from us under
        // the keys before.
        var isStartedByPeer = _read.Generation == _write.Generation;
        if (number < _largestOpened || (isStartedByPeer && _firstSealed < 0))
        {
            return OpenStatus.KeyUpdateError;
        }
        DropOld();
        _old = _read.Advance();
        OldKeysUntil = now + (pto * OldKeysKept);
        _largestOfOld = _largestOpened;
        (_lowestOpened, _largestOpened) = (number, number);
        if (isStartedByPeer)
        {
            AdvanceWriting();
        }
        return OpenStatus.Opened;
    }

    private void AdvanceWriting()
    {
        _write.Advance().Dispose();
        _sealed = 0;
        _firstSealed = -1;
        _isAcknowledged = false;
    }

    private OpenStatus Fail()
    {
        Failed++;
        return Failed >= _limits.Integrity ? OpenStatus.LimitReached : OpenStatus.Dropped;
    }

    private void DropOld()
    {
        _old?.Dispose();
        _old = null;
        OldKeysUntil = Instant.Never;
    }

    private Span<byte> Copy(ReadOnlySpan<byte> packet)
    {
        if (_copy.Length < packet.Length)
        {
            _copy = new byte[Math.Max(packet.Length, 2048)];
        }
        packet.CopyTo(_copy);
        return _copy.AsSpan(0, packet.Length);
    }
}
