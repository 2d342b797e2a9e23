using Toss.Quic;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>What the peer asks for on streams of its own, beside the control stream of a link: blobs, and measurements.</summary>
internal sealed class StreamService(QuicConnection connection, NetworkContext context, ILinkListener listener)
{
    /// <summary>A peer that opens a stream says at once what for.</summary>
    private static readonly TimeSpan s_askWithin = TimeSpan.FromSeconds(5);

    private Task _bench = Task.CompletedTask;
    private readonly Lock _gate = new();
    private readonly List<Task> _answering = [];

    /// <summary>Whether something that the peer asked for has not arrived there.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_gate)
            {
                return !_answering.TrueForAll(static one => one.IsCompleted);
            }
        }
    }

    /// <summary>Until the connection ends; one request after another, each fits into its first packet.</summary>
    public async Task RunAsync(Link link, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var stream = await connection.AcceptStreamAsync(cancellation);
                stream.Priority = BlobStreams.Priority;
                lock (_gate)
                {
                    _answering.RemoveAll(static one => one.IsCompleted);
                    _answering.Add(stream.WritesClosed);
                }
                await AnswerAsync(link, stream, await RequestOnAsync(stream), cancellation);
            }
        }
        catch (Exception failure) when (Link.IsEnd(failure))
        {
            // The peer is gone.
        }
        finally
        {
            await _bench;
        }
    }

    private async ValueTask AnswerAsync(
        Link link,
        QuicStream stream,
        LinkRequest? request,
        CancellationToken cancellation
    )
    {
        switch (request)
        {
            case { RequestCase: LinkRequest.RequestOneofCase.Range } wanted
                when BlobStreams.TryReadRange(wanted.Range, out var range):
                await listener.WantedAsync(link, range, (int)wanted.Range.Held, new BlobStreams.Answer(stream, range));
                break;
            case { RequestCase: LinkRequest.RequestOneofCase.Bench } measured:
                // Beside what else is asked for; a peer opens no more streams than it may, so no more wait here.
                _bench = ServeAsync(_bench, stream, measured.Bench, cancellation);
                break;
            default:
                // Of a later version, or nothing in time.
                BlobStreams.Refuse(stream);
                break;
        }
    }

    /// <summary>After what this peer had measured before, whose last packets may still be on their way.</summary>
    private async Task ServeAsync(Task before, QuicStream stream, LinkBench asked, CancellationToken cancellation)
    {
        await before;
        var admitted = context.Benches.TryBegin(context.Clock.Now);
        try
        {
            await BenchStreams.ServeAsync(stream, asked, admitted, context.Time, cancellation);
        }
        finally
        {
            if (admitted)
            {
                context.Benches.End();
            }
        }
    }

    private async ValueTask<LinkRequest?> RequestOnAsync(QuicStream stream)
    {
        using var late = new CancellationTokenSource(s_askWithin, context.Time);
        try
        {
            return await BlobStreams.ReadRequestAsync(stream, late.Token);
        }
        catch (Exception failure) when (Link.IsEnd(failure))
        {
            return null;
        }
    }
}
