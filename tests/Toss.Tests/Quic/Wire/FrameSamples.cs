using CsCheck;
using Toss.Quic;
using Toss.Quic.Collections;
using Toss.Quic.Wire;

namespace Toss.Tests.Quic.Wire;

/// <summary>A frame to write, and what is read from it as text: two frames are equal if their texts are.</summary>
/// <param name="Ends">It has no length, and takes the rest of the packet.</param>
internal sealed record FrameSample(FrameType Type, FrameSample.Writing Write, string Text, bool Ends = false)
{
    public delegate bool Writing(ref FrameWriter writer);

    public override string ToString() => Text;
}

internal static class FrameSamples
{
    private static readonly Gen<long> s_number = Gen.Select(
        Gen.Long[0, VarInt.Maximum],
        Gen.Int[0, 61],
        (value, shift) => value >> shift
    );

    private static readonly Gen<byte[]> s_bytes = Gen.Byte.Array[0, 80];

    /// <summary>Every type of frame, with random content.</summary>
    public static readonly Gen<FrameSample> Any = Gen.OneOf(
        Gen.Const(new FrameSample(FrameType.Ping, (ref w) => w.TryWritePing(), "Ping")),
        Gen.Const(new FrameSample(FrameType.HandshakeDone, (ref w) => w.TryWriteHandshakeDone(), "HandshakeDone")),
        Acks(),
        Three(FrameType.ResetStream, (ref w, a, b, c) => w.TryWriteResetStream(a, b, c)),
        Three(FrameType.StopSending, (ref w, a, b, _) => w.TryWriteStopSending(a, b)),
        Gen.Select(s_number, s_bytes)
            .Where(s => s.Item1 <= VarInt.Maximum - s.Item2.Length)
            .Select(s => new FrameSample(
                FrameType.Crypto,
                (ref w) => w.TryWriteCrypto(s.Item1, s.Item2),
                $"Crypto {s.Item1} {Hex(s.Item2)}"
            )),
        Gen.Byte.Array[1, 80]
            .Select(b => new FrameSample(FrameType.NewToken, (ref w) => w.TryWriteNewToken(b), $"NewToken {Hex(b)}")),
        Gen.Select(s_number, s_number, s_bytes, Gen.Bool, Gen.Bool)
            .Where(s => s.Item2 <= VarInt.Maximum - s.Item3.Length)
            .Select(s => new FrameSample(
                FrameType.Stream,
                (ref w) => w.TryWriteStream(s.Item1, s.Item2, s.Item3, s.Item4, s.Item5),
                $"Stream {s.Item1} {s.Item2} {Hex(s.Item3)} {s.Item4}",
                s.Item5
            )),
        Three(FrameType.MaxData, (ref w, a, _, _) => w.TryWriteMaxData(a)),
        Three(FrameType.MaxStreamData, (ref w, a, b, _) => w.TryWriteMaxStreamData(a, b)),
        Streams(FrameType.MaxStreamsBidirectional, (ref w, n) => w.TryWriteMaxStreams(true, n)),
        Streams(FrameType.MaxStreamsUnidirectional, (ref w, n) => w.TryWriteMaxStreams(false, n)),
        Three(FrameType.DataBlocked, (ref w, a, _, _) => w.TryWriteDataBlocked(a)),
        Three(FrameType.StreamDataBlocked, (ref w, a, b, _) => w.TryWriteStreamDataBlocked(a, b)),
        Streams(FrameType.StreamsBlockedBidirectional, (ref w, n) => w.TryWriteStreamsBlocked(true, n)),
        Streams(FrameType.StreamsBlockedUnidirectional, (ref w, n) => w.TryWriteStreamsBlocked(false, n)),
        Gen.Select(s_number, Gen.Double.Unit, Gen.Byte.Array[1, 20], Gen.Byte.Array[16])
            .Select(s =>
            {
                var prior = (long)(s.Item1 * s.Item2);
                return new FrameSample(
                    FrameType.NewConnectionId,
                    (ref w) => w.TryWriteNewConnectionId(s.Item1, Math.Min(prior, s.Item1), new(s.Item3), s.Item4),
                    $"NewConnectionId {s.Item1} {Math.Min(prior, s.Item1)} {Hex(s.Item3)} {Hex(s.Item4)}"
                );
            }),
        Three(FrameType.RetireConnectionId, (ref w, a, _, _) => w.TryWriteRetireConnectionId(a)),
        Gen.Byte.Array[8]
            .Select(b => new FrameSample(
                FrameType.PathChallenge,
                (ref w) => w.TryWritePathChallenge(b),
                $"PathChallenge {Hex(b)}"
            )),
        Gen.Byte.Array[8]
            .Select(b => new FrameSample(
                FrameType.PathResponse,
                (ref w) => w.TryWritePathResponse(b),
                $"PathResponse {Hex(b)}"
            )),
        Gen.Select(s_number, s_number, s_bytes)
            .Select(s => new FrameSample(
                FrameType.ConnectionClose,
                (ref w) => w.TryWriteConnectionClose((TransportErrorCode)s.Item1, s.Item2, s.Item3),
                $"ConnectionClose {s.Item1} {s.Item2} {Hex(s.Item3)}"
            )),
        Gen.Select(s_number, s_bytes)
            .Select(s => new FrameSample(
                FrameType.ApplicationClose,
                (ref w) => w.TryWriteApplicationClose(s.Item1, s.Item2),
                $"ApplicationClose {s.Item1} {Hex(s.Item2)}"
            )),
        Gen.Select(s_bytes, Gen.Bool)
            .Select(s => new FrameSample(
                FrameType.Datagram,
                (ref w) => w.TryWriteDatagram(s.Item1, s.Item2),
                $"Datagram {Hex(s.Item1)}",
                s.Item2
            )),
        Gen.Select(s_number, Gen.Bool, Gen.Byte.Array[16], Gen.UShort)
            .Select(s =>
            {
                var address = s.Item2 ? s.Item3[..4] : s.Item3;
                var type = s.Item2 ? FrameType.ObservedAddressV4 : FrameType.ObservedAddressV6;
                return new FrameSample(
                    type,
                    (ref w) => w.TryWriteObservedAddress(s.Item1, address, s.Item4),
                    $"{type} {s.Item1} {Hex(address)} {s.Item4}"
                );
            })
    );

    private delegate bool WritingThree(ref FrameWriter writer, long a, long b, long c);

    private delegate bool WritingOne(ref FrameWriter writer, long n);

    public static string Describe(in Frame frame) =>
        frame.Type switch
        {
            FrameType.Ack or FrameType.AckEcn => DescribeAck(frame.Ack),
            FrameType.ResetStream => $"ResetStream {frame.StreamId} {frame.ErrorCode} {frame.FinalSize}",
            FrameType.StopSending => $"StopSending {frame.StreamId} {frame.ErrorCode}",
            FrameType.Crypto => $"Crypto {frame.Offset} {Hex(frame.Data)}",
            FrameType.Stream => $"Stream {frame.StreamId} {frame.Offset} {Hex(frame.Data)} {frame.Fin}",
            FrameType.MaxStreamData or FrameType.StreamDataBlocked => $"{frame.Type} {frame.StreamId} {frame.Limit}",
            >= FrameType.MaxData and <= FrameType.StreamsBlockedUnidirectional => $"{frame.Type} {frame.Limit}",
            FrameType.NewConnectionId =>
                $"NewConnectionId {frame.Sequence} {frame.RetirePriorTo} {Hex(frame.ConnectionId.Span)} {Hex(frame.Data)}",
            FrameType.RetireConnectionId => $"RetireConnectionId {frame.Sequence}",
            FrameType.ConnectionClose => $"ConnectionClose {frame.ErrorCode} {frame.ClosedBy} {Hex(frame.Data)}",
            FrameType.ApplicationClose => $"ApplicationClose {frame.ErrorCode} {Hex(frame.Data)}",
            FrameType.ObservedAddressV4 or FrameType.ObservedAddressV6 =>
                $"{frame.Type} {frame.Sequence} {Hex(frame.Data)} {frame.Port}",
            FrameType.Padding or FrameType.Ping or FrameType.HandshakeDone => $"{frame.Type}",
            _ => $"{frame.Type} {Hex(frame.Data)}",
        };

    public static string DescribeAck(in AckFrame ack)
    {
        var ranges = "";
        foreach (var range in ack)
        {
            ranges += $" {range.Smallest}-{range.Largest}";
        }
        return $"Ack {ack.Delay}{ranges} {(ack.HasEcn ? ack.Ecn.ToString() : "")}";
    }

    private static Gen<FrameSample> Acks() =>
        Gen.Select(Gen.Long[0, VarInt.Maximum / 2], Gen.Int[1, 400].Array[1, 30], s_number, Gen.Bool, Gen.Int[0, 40])
            .Select(s =>
            {
                var ranges = new RangeSet();
                var at = s.Item1 >> s.Item5;
                foreach (var length in s.Item2)
                {
                    ranges.Add(at, at + length);
                    at += length + 1 + (length % 100);
                }
                EcnCounts? ecn = s.Item4 ? new EcnCounts(s.Item3, 1, s.Item3 / 2) : null;
                var text = string.Concat(ranges.Ranges.ToArray().Reverse().Select(r => $" {r.Start}-{r.End - 1}"));
                return new FrameSample(
                    s.Item4 ? FrameType.AckEcn : FrameType.Ack,
                    (ref w) => w.TryWriteAck(ranges.Ranges, s.Item3, ecn),
                    $"Ack {s.Item3}{text} {ecn}"
                );
            });

    private static Gen<FrameSample> Three(FrameType type, WritingThree write) =>
        Gen.Select(s_number, s_number, s_number)
            .Select(s =>
            {
                var text = type switch
                {
                    FrameType.ResetStream => $"{type} {s.Item1} {s.Item2} {s.Item3}",
                    FrameType.StopSending or FrameType.MaxStreamData or FrameType.StreamDataBlocked =>
                        $"{type} {s.Item1} {s.Item2}",
                    _ => $"{type} {s.Item1}",
                };
                return new FrameSample(type, (ref w) => write(ref w, s.Item1, s.Item2, s.Item3), text);
            });

    private static Gen<FrameSample> Streams(FrameType type, WritingOne write) =>
        Gen.Long[0, 1L << 60].Select(n => new FrameSample(type, (ref w) => write(ref w, n), $"{type} {n}"));

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);
}
