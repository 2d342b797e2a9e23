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
                LookAround(listening);
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
        var (isWanted, moves) = (false, false);
        lock (_gate)
        {
            if (!_links.TryGetValue(dial.Peer, out var standing))
            {
                // Of several addresses that answer, the first; the peer has not heard of a link on the others.
                isWanted = _opening.Add(dial.Peer);
                if (!isWanted)
                {
                    listening.Plan.OnUnneeded(dial, context.Clock.Now);
                }
            }
            else if (dial.Moves)
            {
                listening.Plan.Measure(dial.Peer, standing.Remote, standing.RoundTrip);
                isWanted = moves = listening.Plan.IsBetter(dial, connection.RoundTrip) && _opening.Add(dial.Peer);
                if (!isWanted)
                {
                    listening.Plan.OnKept(dial, context.Clock.Now);
                }
            }
        }
        if (isWanted)
        {
            await RunAsync(listening, connection, dial.Peer, dial, moves);
        }
        else
        {
            await connection.CloseAsync((long)LinkError.Superseded);
            listening.Wake.Ring();
        }
    }

    /// <summary>For who looks for a better link than there is: in which networks we are, and how the links go.</summary>
    private void LookAround(Listening listening)
    {
        lock (_gate)
        {
            if (!listening.Plan.IsAboutToLook(context.Clock.Now))
            {
                return;
            }
            foreach (var link in _links.Values)
            {
                listening.Plan.Measure(link.Peer, link.Remote, link.RoundTrip);
            }
        }
        // Asks the system, which takes its time.
        var networks = listening.Endpoint.Networks;
        lock (_gate)
        {
            listening.Plan.SetNetworks(networks);
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
