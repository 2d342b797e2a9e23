using System.Diagnostics.CodeAnalysis;

namespace Toss.Quic.Wire;

/// <summary>
/// Reads the peer's transport parameters. A refusal is always a TRANSPORT_PARAMETER_ERROR (RFC 9000 §7.4, §18.2).
/// </summary>
internal static class TransportParametersReader
{
    /// <summary>More parameters than any peer knows, greased ones included; it bounds the search for duplicates.</summary>
    public const int MaximumParameters = 256;

    public static bool TryRead(
        ReadOnlySpan<byte> source,
        bool fromServer,
        [NotNullWhen(true)] out TransportParameters? parameters
    )
    {
        parameters = null;
        var result = new TransportParameters();
        var reader = new SpanReader(source);
        Span<long> seen = stackalloc long[MaximumParameters];
        var count = 0;
        while (reader.Left > 0)
        {
            if (
                !reader.TryReadVarInt(out var id)
                || !reader.TryReadPrefixed(out var value)
                || count == MaximumParameters
                || seen[..count].Contains(id)
            )
            {
                return false;
            }
            seen[count++] = id;
            if (!fromServer && IsServerOnly((TransportParameterId)id))
            {
                return false;
            }
            if (Apply(result, (TransportParameterId)id, value) is not { } next)
            {
                return false;
            }
            result = next;
        }
        parameters = result;
        return true;
    }

    private static bool IsServerOnly(TransportParameterId id) =>
        id
            is TransportParameterId.OriginalDestinationConnectionId
                or TransportParameterId.PreferredAddress
                or TransportParameterId.RetrySourceConnectionId
                or TransportParameterId.StatelessResetToken;

    /// <summary>Null if the value may not be; unknown parameters change nothing.</summary>
    private static TransportParameters? Apply(
        TransportParameters p,
        TransportParameterId id,
        ReadOnlySpan<byte> value
    ) =>
        id switch
        {
            TransportParameterId.OriginalDestinationConnectionId => TryConnectionId(value, out var c)
                ? p with
                {
                    OriginalDestinationConnectionId = c,
                }
                : null,
            TransportParameterId.InitialSourceConnectionId => TryConnectionId(value, out var c)
                ? p with
                {
                    InitialSourceConnectionId = c,
                }
                : null,
            TransportParameterId.RetrySourceConnectionId => TryConnectionId(value, out var c)
                ? p with
                {
                    RetrySourceConnectionId = c,
                }
                : null,
            TransportParameterId.StatelessResetToken => value.Length == TransportParameters.ResetTokenSize
                ? p with
                {
                    StatelessResetToken = value.ToArray(),
                }
                : null,
            TransportParameterId.DisableActiveMigration => value.IsEmpty
                ? p with
                {
                    DisableActiveMigration = true,
                }
                : null,
            TransportParameterId.GreaseQuicBit => value.IsEmpty ? p with { GreaseQuicBit = true } : null,
            TransportParameterId.PreferredAddress => TryPreferredAddress(value, out var address)
                ? p with
                {
                    PreferredAddress = address,
                }
                : null,
            _ => IsNumber(id)
                ? TryNumber(value, out var number)
                    ? ApplyNumber(p, id, number)
                    : null
                : p,
        };

    private static bool IsNumber(TransportParameterId id) =>
        id
            is TransportParameterId.MaxIdleTimeout
                or (>= TransportParameterId.MaxUdpPayloadSize and <= TransportParameterId.MaxAckDelay)
                or TransportParameterId.ActiveConnectionIdLimit
                or TransportParameterId.MaxDatagramFrameSize
                or TransportParameterId.AddressDiscovery;

    private static TransportParameters? ApplyNumber(TransportParameters p, TransportParameterId id, long n) =>
        id switch
        {
            TransportParameterId.MaxIdleTimeout => p with { MaxIdleTimeout = n },
            TransportParameterId.MaxUdpPayloadSize => n >= TransportParameters.SmallestMaxUdpPayload
                ? p with
                {
                    MaxUdpPayloadSize = n,
                }
                : null,
            TransportParameterId.InitialMaxData => p with { InitialMaxData = n },
            TransportParameterId.InitialMaxStreamDataBidirectionalLocal => p with
            {
                InitialMaxStreamDataBidirectionalLocal = n,
            },
            TransportParameterId.InitialMaxStreamDataBidirectionalRemote => p with
            {
                InitialMaxStreamDataBidirectionalRemote = n,
            },
            TransportParameterId.InitialMaxStreamDataUnidirectional => p with
            {
                InitialMaxStreamDataUnidirectional = n,
            },
            // §4.6: more than 2^60 streams cannot be numbered.
            TransportParameterId.InitialMaxStreamsBidirectional => n <= TransportParameters.LargestMaxStreams
                ? p with
                {
                    InitialMaxStreamsBidirectional = n,
                }
                : null,
            TransportParameterId.InitialMaxStreamsUnidirectional => n <= TransportParameters.LargestMaxStreams
                ? p with
                {
                    InitialMaxStreamsUnidirectional = n,
                }
                : null,
            TransportParameterId.AckDelayExponent => n <= TransportParameters.LargestAckDelayExponent
                ? p with
                {
                    AckDelayExponent = n,
                }
                : null,
            TransportParameterId.MaxAckDelay => n <= TransportParameters.LargestMaxAckDelay
                ? p with
                {
                    MaxAckDelay = n,
                }
                : null,
            TransportParameterId.ActiveConnectionIdLimit => n >= TransportParameters.SmallestConnectionIdLimit
                ? p with
                {
                    ActiveConnectionIdLimit = n,
                }
                : null,
            TransportParameterId.MaxDatagramFrameSize => p with { MaxDatagramFrameSize = n },
            TransportParameterId.AddressDiscovery => n <= (long)AddressDiscovery.Both
                ? p with
                {
                    AddressDiscovery = (AddressDiscovery)n,
                }
                : null,
            _ => p,
        };

    private static bool TryNumber(ReadOnlySpan<byte> value, out long number) =>
        VarInt.TryRead(value, out number, out var length) && length == value.Length;

    private static bool TryConnectionId(ReadOnlySpan<byte> value, out ConnectionId id)
    {
        var fits = value.Length <= ConnectionId.MaximumLength;
        id = fits ? new ConnectionId(value) : default;
        return fits;
    }

    private static bool TryPreferredAddress(ReadOnlySpan<byte> value, [NotNullWhen(true)] out PreferredAddress? address)
    {
        address = null;
        var reader = new SpanReader(value);
        if (
            !reader.TryReadBytes(4, out var v4)
            || !reader.TryReadUInt16(out var v4Port)
            || !reader.TryReadBytes(16, out var v6)
            || !reader.TryReadUInt16(out var v6Port)
            || !reader.TryReadConnectionId(out var id)
            || id.IsEmpty
            || !reader.TryReadBytes(TransportParameters.ResetTokenSize, out var token)
            || reader.Left > 0
        )
        {
            return false;
        }
        address = new PreferredAddress(v4.ToArray(), v4Port, v6.ToArray(), v6Port, id, token.ToArray());
        return true;
    }
}
