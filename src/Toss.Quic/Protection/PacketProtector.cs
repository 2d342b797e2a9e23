using System.Security.Cryptography;
using Toss.Quic.Wire;

namespace Toss.Quic.Protection;

/// <summary>
/// Seals and opens the packets of a level without key updates: Initial, 0-RTT, Handshake (RFC 9001 §5). In place, and
/// without allocation for each packet. 1-RTT has <see cref="OneRttProtector"/>. Not thread-safe.
/// </summary>
internal sealed class PacketProtector : IDisposable
{
    private readonly PacketKeys? _writeKeys;
    private readonly HeaderProtection? _writeHeader;
    private readonly PacketKeys? _readKeys;
    private readonly HeaderProtection? _readHeader;
    private readonly AeadLimits _limits;
    private long _sealed;

    /// <param name="writeSecret">Empty if this side only reads: 0-RTT at a server.</param>
    /// <param name="readSecret">Empty if this side only writes: 0-RTT at a client.</param>
    public PacketProtector(
        CipherSuite suite,
        ReadOnlySpan<byte> writeSecret,
        ReadOnlySpan<byte> readSecret,
        AeadLimits? limits = null
    )
    {
        _limits = limits ?? SuiteParameters.Of(suite).Limits;
        if (!writeSecret.IsEmpty)
        {
            _writeKeys = new PacketKeys(suite, writeSecret);
            _writeHeader = new HeaderProtection(suite, writeSecret);
        }
        if (!readSecret.IsEmpty)
        {
            _readKeys = new PacketKeys(suite, readSecret);
            _readHeader = new HeaderProtection(suite, readSecret);
        }
    }

    /// <summary>Packets that did not open, which count for the whole connection (§6.6).</summary>
    public long Failed { get; private set; }

    /// <summary>The keys that everybody can compute from the client's first destination connection ID (§5.2).</summary>
    public static PacketProtector Initial(in ConnectionId destination, bool isServer)
    {
        Span<byte> client = stackalloc byte[32];
        Span<byte> server = stackalloc byte[32];
        KeyDerivation.InitialSecrets(destination.Span, client, server);
        var protector = isServer
            ? new PacketProtector(CipherSuite.Aes128GcmSha256, server, client)
            : new PacketProtector(CipherSuite.Aes128GcmSha256, client, server);
        CryptographicOperations.ZeroMemory(client);
        CryptographicOperations.ZeroMemory(server);
        return protector;
    }

    /// <summary>False when the key may seal no more: the connection ends with AEAD_LIMIT_REACHED.</summary>
    /// <param name="packet">
    /// From its first byte to the end of the space for its tag, its length set; its frames are at least
    /// <see cref="HeaderProtection.SmallestPayload"/>.
    /// </param>
    /// <param name="headerSize">With the packet number.</param>
    public bool TrySeal(Span<byte> packet, int headerSize, int packetNumberLength, long packetNumber)
    {
        if (_writeKeys is null || _writeHeader is null)
        {
            throw new InvalidOperationException("This side does not write at this level.");
        }
        if (_sealed >= _limits.Confidentiality)
        {
            return false;
        }
        _sealed++;
        _writeKeys.Seal(packet, headerSize, packetNumber);
        _writeHeader.Apply(packet, headerSize - packetNumberLength, packetNumberLength);
        return true;
    }

    /// <param name="packet">As long as its header says. Its content is lost unless it opens.</param>
    /// <param name="largestReceived">In its packet number space; -1 if none was.</param>
    public OpenStatus Open(Span<byte> packet, int packetNumberOffset, long largestReceived, out OpenedPacket opened)
    {
        opened = default;
        if (
            _readKeys is null
            || _readHeader is null
            || !_readHeader.TryRemove(packet, packetNumberOffset, out var length, out var truncated)
        )
        {
            return OpenStatus.Dropped;
        }
        var number = PacketNumber.Decode(largestReceived, truncated, length);
        var headerSize = packetNumberOffset + length;
        if (!_readKeys.TryOpen(packet, headerSize, number))
        {
            Failed++;
            return Failed >= _limits.Integrity ? OpenStatus.LimitReached : OpenStatus.Dropped;
        }
        // Checked only now: before, it would tell an attacker about the mask (RFC 9000 §17.2).
        if ((packet[0] & 0x0c) != 0)
        {
            return OpenStatus.ReservedBits;
        }
        opened = new OpenedPacket(number, headerSize, packet.Length - headerSize - PacketAead.TagSize);
        return OpenStatus.Opened;
    }

    public void Dispose()
    {
        _writeKeys?.Dispose();
        _writeHeader?.Dispose();
        _readKeys?.Dispose();
        _readHeader?.Dispose();
    }
}
