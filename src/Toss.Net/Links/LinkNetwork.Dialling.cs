using Toss.Transport.Links;

namespace Toss.Net.Links;

/// <content>Dials whom the plan says, when it says so.</content>
internal sealed partial class LinkNetwork
{
    private async Task DialAsync(Listening listening)
    {
        try
        {
            while (true)
            {
                while (NextDial(listening) is { } dial)
                {
                    lock (_gate)
                    {
                        Track(context.Run(() => DialAsync(listening, dial)));
                    }
                }
                await listening.Wake.WaitAsync(UntilNext(listening), listening.Stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody is dialled any more.
        }
    }

    private async Task DialAsync(Listening listening, LinkDial dial)
    {
        var connection = await listening.Endpoint.DialAsync(dial.Peer, dial.Candidate, listening.Stop.Token);
        if (connection is null)
        {
            Failed(listening, dial);
            return;
        }
        bool isFirst;
        lock (_gate)
        {
            // Of several addresses that answer, the first; the peer has not heard of a link on the others.
            isFirst = !_links.ContainsKey(dial.Peer) && _opening.Add(dial.Peer);
        }
        if (isFirst)
        {
            await RunAsync(listening, connection, dial.Peer, dial);
        }
        else
        {
            await connection.CloseAsync((long)LinkError.Superseded);
        }
    }

    private void Failed(Listening listening, LinkDial dial)
    {
        lock (_gate)
        {
            listening.Plan.OnFailed(dial, context.Clock.Now);
        }
        listening.Wake.Ring();
    }

    private LinkDial? NextDial(Listening listening)
    {
        lock (_gate)
        {
            return listening.Plan.TryPollDial(context.Clock.Now, out var dial) ? dial : null;
        }
    }

    private TimeSpan UntilNext(Listening listening)
    {
        lock (_gate)
        {
            return listening.Plan.NextTimeout is not { } next || next == DateTimeOffset.MaxValue
                ? Timeout.InfiniteTimeSpan
                : TimeSpan.FromTicks(Math.Max(0, (next - context.Clock.Now).Ticks));
        }
    }
}
