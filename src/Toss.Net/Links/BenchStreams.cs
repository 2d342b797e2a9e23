using Toss.Core.Ports;
using Toss.Net.Quic;
using Toss.Quic;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>
/// Measures a link on streams of its own, beside whatever it carries and after all of that: bytes there, bytes back, and single
/// bytes that come back at once. What passes are zeros. docs/protocol/links.md.
/// </summary>
internal static class BenchStreams
{
    /// <summary>After envelopes and blobs: a measurement holds up nothing.</summary>
    private const int Priority = 6;

    /// <summary>Of each stream, whichever way.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);

    /// <summary>Until more comes, or more is taken.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(5);

    private const int Piece = 64 * 1024;

    /// <summary>There, back, and <see cref="Limits.BenchEchoes"/> echoes; one stream after another.</summary>
    public static async ValueTask<BenchResult> RunAsync(
        QuicConnection connection,
        int bytes,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        using var patience = new Patience(s_silence, time, cancellation);
        using var late = new Patience(s_longest * 3, time, patience.Token);
        try
        {
            late.Begin();
            var echoes = new double[Limits.BenchEchoes];
            return
                await MeasureAsync(connection, BenchKind.Echo, echoes.Length, echoes, time, patience, late.Token)
                    is not null
                && await MeasureAsync(connection, BenchKind.Up, bytes, echoes, time, patience, late.Token) is { } up
                && await MeasureAsync(connection, BenchKind.Down, bytes, echoes, time, patience, late.Token) is { } down
                ? new BenchResult(BenchStatus.Done, bytes, up.Took, down.Took, [.. echoes.Order()], up.Cpu, down.Cpu)
                : BenchResult.Of(BenchStatus.Busy);
        }
        catch (QuicException failure)
            when (failure.Reason is QuicErrorReason.StreamReset or QuicErrorReason.StreamStopped)
        {
            // It gives up what it does not know, and what takes too long.
            return BenchResult.Of(BenchStatus.Refused);
        }
        catch (QuicException)
        {
            return BenchResult.Of(BenchStatus.NoLink);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return BenchResult.Of(BenchStatus.Silent);
        }
    }

    /// <summary>The other side of <see cref="RunAsync"/>, for one stream; the gate let it in, or did not.</summary>
    public static async Task ServeAsync(
        QuicStream stream,
        LinkBench asked,
        bool admitted,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        await using var serving = stream;
        stream.Priority = Priority;
        using var patience = new Patience(s_longest, time, cancellation);
        patience.Begin();
        try
        {
            var known =
                asked.Kind is BenchKind.Up or BenchKind.Down or BenchKind.Echo && asked.Bytes <= Most(asked.Kind);
            if (!known)
            {
                BlobStreams.Refuse(stream);
                return;
            }
            await BlobStreams.WriteAsync(stream, new LinkAnswer { Chunks = admitted ? 1u : 0u }, patience.Token);
            var bytes = admitted ? (int)asked.Bytes : 0;
            switch (asked.Kind)
            {
                case BenchKind.Up:
                    await TakeAsync(stream, bytes, static () => { }, patience.Token);
                    break;
                case BenchKind.Down:
                    await GiveAsync(stream, bytes, static () => { }, patience.Token);
                    break;
                default:
                    await EchoAsync(stream, bytes, patience.Token);
                    break;
            }
            stream.CompleteWrites();
            // The end of who asked; one that sends more than it said is given up.
            await stream.FillAsync(new byte[1], patience.Token);
        }
        catch (Exception failure) when (failure is QuicException or OperationCanceledException)
        {
            // Who asked is gone, or too slow, or sends more than it said.
            BlobStreams.Refuse(stream);
        }
    }

    /// <summary>The time it took, and of this process's processor; null if the peer is measuring already.</summary>
    private static async ValueTask<(TimeSpan Took, TimeSpan Cpu)?> MeasureAsync(
        QuicConnection connection,
        BenchKind kind,
        int bytes,
        double[] echoes,
        TimeProvider time,
        Patience patience,
        CancellationToken cancellation
    )
    {
        patience.Begin();
        await using var stream = await connection.OpenStreamAsync(cancellation: cancellation);
        stream.Priority = Priority;
        var request = new LinkRequest
        {
            Bench = new LinkBench { Kind = kind, Bytes = (uint)bytes },
        };
        await BlobStreams.WriteAsync(stream, request, cancellation);
        if (await BlobStreams.ReadAnswerAsync(stream, cancellation) is not { Chunks: 1 })
        {
            return null;
        }
        var (began, cpu) = (time.GetTimestamp(), Environment.CpuUsage.TotalTime);
        switch (kind)
        {
            case BenchKind.Up:
                await GiveAsync(stream, bytes, patience.Begin, cancellation);
                break;
            case BenchKind.Down:
                await TakeAsync(stream, bytes, patience.Begin, cancellation);
                break;
            default:
                await PingAsync(stream, echoes, time, patience.Begin, cancellation);
                break;
        }
        // What was written may wait here for a slow link, and nothing tells how it goes: the peer's own time ends it then.
        patience.End();
        stream.CompleteWrites();
        // The peer ends its side when it has all.
        var rest = new byte[1];
        if (await stream.ReadAsync(rest, cancellation) > 0)
        {
            BlobStreams.Refuse(stream);
            return null;
        }
        return (time.GetElapsedTime(began), Environment.CpuUsage.TotalTime - cpu);
    }

    private static uint Most(BenchKind kind) => (uint)(kind == BenchKind.Echo ? Limits.BenchEchoes : Limits.Bench);

    private static async ValueTask GiveAsync(QuicStream stream, int bytes, Action gone, CancellationToken cancellation)
    {
        var piece = new byte[Piece];
        for (var left = bytes; left > 0; left -= Math.Min(left, Piece))
        {
            await stream.WriteAsync(piece.AsMemory(0, Math.Min(left, Piece)), cancellation);
            gone();
        }
    }

    /// <summary>So many and no more.</summary>
    private static async ValueTask TakeAsync(QuicStream stream, int bytes, Action came, CancellationToken cancellation)
    {
        var piece = new byte[Piece];
        for (var left = bytes; left > 0; )
        {
            var length = await stream.ReadAsync(piece.AsMemory(0, Math.Min(left, Piece)), cancellation);
            if (length == 0)
            {
                return;
            }
            left -= length;
            came();
        }
    }

    private static async ValueTask PingAsync(
        QuicStream stream,
        double[] echoes,
        TimeProvider time,
        Action came,
        CancellationToken cancellation
    )
    {
        var one = new byte[1];
        for (var i = 0; i < echoes.Length; i++)
        {
            var began = time.GetTimestamp();
            await stream.WriteAsync(one, cancellation);
            if (await stream.ReadAsync(one, cancellation) == 0)
            {
                throw new OperationCanceledException("It ended before the last echo.");
            }
            echoes[i] = time.GetElapsedTime(began).TotalMilliseconds;
            came();
        }
    }

    private static async ValueTask EchoAsync(QuicStream stream, int bytes, CancellationToken cancellation)
    {
        var piece = new byte[1];
        for (var left = bytes; left > 0 && await stream.ReadAsync(piece, cancellation) > 0; left--)
        {
            await stream.WriteAsync(piece, cancellation);
        }
    }
}
