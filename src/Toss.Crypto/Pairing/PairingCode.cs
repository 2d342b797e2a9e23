using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Pairing;

/// <summary>
/// The short secret a person carries: slot digits, then the six digits that are the secret. Or, in a QR code or link, a
/// 128-bit secret from which the slot is derived, with the relay beside it.
/// </summary>
public sealed class PairingCode : IDisposable
{
    /// <summary>Digits of a typed code that are the secret; the slot's stand before them.</summary>
    public const int SecretDigits = 6;

    /// <summary>A slot has at least this many digits; a busy relay allots more.</summary>
    public const int MinimumSlotDigits = 3;

    private const int MaximumSlotDigits = 10;
    private const int LinkSecretSize = 16;
    private const int LinkSlotSize = 16;
    private const int MaximumTextLength = 2048;
    private const uint LinkVersion = 1;
    private const string LinkPrefix = "toss://pair#";

    private readonly byte[] _secret;
    private readonly byte[] _slot;
    private bool _disposed;

    private PairingCode(PairingKind kind, byte[] secret, byte[] slot, Uri? relay = null, string? relayToken = null)
    {
        Kind = kind;
        _secret = secret;
        _slot = slot;
        Relay = relay;
        RelayToken = relayToken;
    }

    /// <summary>A code for a slot the relay allotted: six random digits.</summary>
    public static PairingCode ForSlot(ReadOnlySpan<byte> slotDigits, IRandomSource random)
    {
        if (
            slotDigits.Length is < MinimumSlotDigits or > MaximumSlotDigits
            || slotDigits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
        )
        {
            throw new ArgumentException("A slot is three to ten ASCII digits.", nameof(slotDigits));
        }
        return new(PairingKind.Code, DrawDigits(SecretDigits, random), slotDigits.ToArray());
    }

    /// <summary>Likewise where no relay allots a slot: a random one of three digits.</summary>
    public static PairingCode ForAnySlot(IRandomSource random) =>
        ForSlot(DrawDigits(MinimumSlotDigits, random), random);

    /// <summary>A 128-bit secret for QR or link.</summary>
    public static PairingCode ForLink(Uri? relay, string? relayToken, IRandomSource random)
    {
        if (relay is not null && !IsRelay(relay))
        {
            throw new ArgumentException("A relay is a ws or wss address.", nameof(relay));
        }
        if (relayToken?.Length > Limits.RelayToken)
        {
            throw new ArgumentException("The token is too long.", nameof(relayToken));
        }
        var secret = new byte[LinkSecretSize];
        random.Fill(secret);
        return Link(secret, relay, string.IsNullOrEmpty(relayToken) ? null : relayToken);
    }

    /// <summary>Reads digits (spaces and dashes ignored) or a `toss://pair#…` link. False if it is neither.</summary>
    public static bool TryParse(string text, out PairingCode code)
    {
        code = null!;
        if (text.Length > MaximumTextLength)
        {
            return false;
        }
        var trimmed = text.AsSpan().Trim();
        return trimmed.StartsWith(LinkPrefix, StringComparison.OrdinalIgnoreCase)
            ? TryParseLink(trimmed[LinkPrefix.Length..], out code)
            : TryParseDigits(trimmed, out code);
    }

    public PairingKind Kind { get; }

    /// <summary>What the rendezvous is asked for: ASCII digits, or 16 bytes.</summary>
    public ReadOnlyMemory<byte> Slot => _slot;

    /// <summary>From a link only.</summary>
    public Uri? Relay { get; }

    public string? RelayToken { get; }

    /// <summary>As people type it: `123-456 789`; or the link. Never log it.</summary>
    public string Reveal()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Kind == PairingKind.Code)
        {
            var digits = Encoding.ASCII.GetString(_secret);
            return $"{Encoding.ASCII.GetString(_slot)}-{digits[..3]} {digits[3..]}";
        }
        var link = new PairingLink
        {
            Version = LinkVersion,
            Secret = ByteString.CopyFrom(_secret),
            Relay = Relay?.OriginalString ?? "",
            RelayToken = RelayToken ?? "",
        };
        return LinkPrefix + Base64Url.EncodeToString(link.ToByteArray());
    }

    public override string ToString() => "PairingCode(…)";

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_secret);
    }

    /// <summary>The 48 bytes that SPAKE2 reduces to its w (RFC 9382 §3.2: 64 bits more than the order of P-256).</summary>
    internal byte[] DeriveW()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Kdf.Derive(_secret, [], new Transcript(Labels.PairingSecret).Add((uint)Kind).Add(_slot), 48);
    }

    /// <summary>As ASCII, each number as likely; at most nine.</summary>
    private static byte[] DrawDigits(int count, IRandomSource random)
    {
        var numbers = (uint)Math.Pow(10, count);
        // Values past the last whole multiple would make the low numbers likelier.
        var unbiased = uint.MaxValue - (uint.MaxValue % numbers);
        Span<byte> bytes = stackalloc byte[4];
        uint value;
        do
        {
            random.Fill(bytes);
            value = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        } while (value >= unbiased);
        return Encoding.ASCII.GetBytes((value % numbers).ToString($"D{count}", CultureInfo.InvariantCulture));
    }

    private static PairingCode Link(byte[] secret, Uri? relay, string? relayToken)
    {
        // Derived one way: who sees the slot learns nothing of the secret, and nobody finds or burns it by guessing.
        var slot = Kdf.Derive(secret, [], new Transcript(Labels.PairingSlot), LinkSlotSize);
        return new(PairingKind.Link, secret, slot, relay, relayToken);
    }

    private static bool TryParseDigits(ReadOnlySpan<char> text, out PairingCode code)
    {
        code = null!;
        Span<byte> digits = stackalloc byte[MaximumSlotDigits + SecretDigits];
        var count = 0;
        foreach (var c in text)
        {
            // No-break spaces come with codes copied from a screen.
            if (c is ' ' or '-' or '\u00a0' or '\u2011' or '\u202f')
            {
                continue;
            }
            if (!char.IsAsciiDigit(c) || count == digits.Length)
            {
                return false;
            }
            digits[count++] = (byte)c;
        }
        if (count < MinimumSlotDigits + SecretDigits)
        {
            return false;
        }
        var slotDigits = count - SecretDigits;
        code = new(PairingKind.Code, digits[slotDigits..count].ToArray(), digits[..slotDigits].ToArray());
        return true;
    }

    private static bool TryParseLink(ReadOnlySpan<char> fragment, out PairingCode code)
    {
        code = null!;
        var bytes = new byte[Base64Url.GetMaxDecodedLength(fragment.Length)];
        if (
            Base64Url.DecodeFromChars(fragment, bytes, out _, out var length) != System.Buffers.OperationStatus.Done
            || !WireReader.TryRead<PairingLink>(bytes.AsSpan(0, length), MaximumTextLength, out var link)
            || link.Version != LinkVersion
            || link.Secret.Length != LinkSecretSize
            || link.RelayToken.Length > Limits.RelayToken
        )
        {
            return false;
        }
        Uri? relay = null;
        if (link.Relay.Length > 0 && (!Uri.TryCreate(link.Relay, UriKind.Absolute, out relay) || !IsRelay(relay)))
        {
            return false;
        }
        code = Link(link.Secret.ToByteArray(), relay, link.RelayToken.Length == 0 ? null : link.RelayToken);
        return true;
    }

    private static bool IsRelay(Uri relay) =>
        relay.IsAbsoluteUri
        && relay.Scheme is "ws" or "wss"
        && relay.UserInfo.Length == 0
        && relay.OriginalString.Length <= Limits.RelayUrl;
}

public enum PairingKind
{
    Code = 1,
    Link = 2,
}
