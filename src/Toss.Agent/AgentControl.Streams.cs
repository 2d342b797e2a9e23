using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Toss.Agent.Files;
using Toss.Agent.Scheduling;
using Toss.Agent.Watching;
using Toss.Control;

namespace Toss.Agent;

/// <summary>What comes bit by bit: pairings, and what happens at the agent.</summary>
public sealed partial class AgentControl
{
    public IAsyncEnumerable<PairingEvent> OpenPairingAsync(
        OpenPairingRequest request,
        CancellationToken cancellation
    ) =>
        EventsAsync<PairingEvent>(
            (events, stop) => agent.Inviter.RunAsync(request, new PairingNews("show", events, agent.Feed), stop),
            cancellation
        );

    public IAsyncEnumerable<PairingEvent> JoinAsync(JoinRequest request, CancellationToken cancellation) =>
        EventsAsync<PairingEvent>(
            (events, stop) => agent.Joiner.RunAsync(request, new PairingNews("join", events, agent.Feed), stop),
            cancellation
        );

    public Task ConfirmPairingAsync(string pairingId, bool accept, CancellationToken cancellation) =>
        OnAgentAsync(() =>
            agent.Inviter.Answer(pairingId, accept)
                ? new ValueTask<bool>(true)
                : throw new ControlException(
                    ControlErrors.InvalidArgument,
                    "No device waits to be added.",
                    "It may have timed out."
                )
        );

    public IAsyncEnumerable<SendEvent> SendFilesAsync(SendFilesRequest request, CancellationToken cancellation) =>
        EventsAsync<SendEvent>(
            async (events, stop) =>
            {
                var to = agent.Manual.FilesTo(request.Device is null ? null : FindPeer(request.Device));
                await new FileSending(agent).RunAsync(
                    reading => agent.Ports.Files!.OpenAsync(request.Paths, reading),
                    to,
                    events,
                    stop
                );
            },
            cancellation
        );

    public IAsyncEnumerable<SendEvent> SendGivenFilesAsync(
        GivenFilesRequest request,
        Stream content,
        CancellationToken cancellation
    ) =>
        EventsAsync<SendEvent>(
            async (events, stop) =>
            {
                var to = agent.Manual.FilesTo(request.Device is null ? null : FindPeer(request.Device));
                await agent.Given.RunAsync(request, content, to, events, stop);
            },
            cancellation
        );

    public Task CheckGivenFilesAsync(GivenFilesRequest request, CancellationToken cancellation) =>
        OnAgentAsync(async () =>
        {
            _ = agent.Manual.FilesTo(request.Device is null ? null : FindPeer(request.Device));
            await agent.Given.CheckAsync(request, cancellation);
            return true;
        });

    public async IAsyncEnumerable<AgentEvent> WatchAsync(
        EventPosition? after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var watch = await OnAgentAsync(() => new ValueTask<EventWatch>(agent.Feed.Watch(after)));
        try
        {
            while (await OnAgentAsync(() => watch.NextAsync(cancellation)) is { Count: > 0 } events)
            {
                foreach (var happened in events)
                {
                    yield return happened;
                }
            }
        }
        finally
        {
            // Not waited for: where the agent has ended, nobody is left to do it.
            scheduler.Post(_ => watch.Dispose(), null);
        }
    }

    /// <summary>Runs a flow on the agent and hands out what it writes; letting go of the enumerator ends the flow.</summary>
    private async IAsyncEnumerable<T> EventsAsync<T>(
        Func<ChannelWriter<T>, CancellationToken, Task> flow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var channel = Channel.CreateBounded<T>(16);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = OnAgentAsync(async () =>
        {
            try
            {
                await flow(channel.Writer, stop.Token);
            }
            finally
            {
                channel.Writer.TryComplete();
            }
            return true;
        });
        try
        {
            await foreach (var happened in channel.Reader.EachAsync(cancellation))
            {
                yield return happened;
            }
        }
        finally
        {
            stop.Cancel();
            await running;
        }
    }
}
