using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Transport.Links;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>Passes on to the network and its agent what links say.</summary>
internal sealed class LinkEvents(PeerNetwork network, NetworkNews news, SteadyClock clock) : ILinkNews
{
    public void Changed(DeviceId peer) => network.LinkChanged(peer);

    /// <summary>Stage 9 of the path of a clip: a whole envelope is here.</summary>
    public ValueTask ReceivedAsync(Link link, LinkEvent.EnvelopeArrived arrived) =>
        EnvelopeToken.TryMake(link.Generation, arrived.Sequence, out var token)
            ? news.EmitAsync(new ReceivedEnvelope(arrived.Envelope, From: null, Via: null, token))
            : ValueTask.CompletedTask;

    public ValueTask WantedAsync(Link link, BlobRange range, int held, IBlobAnswer answer) =>
        news.EmitAsync(new BlobWanted(link.Peer, range, held, answer));

    public ValueTask OpenedAsync(Link link) =>
        news.EmitAsync(new LinkOpened(link.Peer, link.IsNear ? PeerPathKind.Lan : PeerPathKind.Direct, link.Remote));

    public ValueTask EndedAsync(Link link) =>
        news.EmitAsync(new LinkEnded(link.Peer, link.EndedAs, clock.Now - link.OpenedAt));

    public void CandidatesChanged(bool isAnew) => news.TellCandidates(isAnew);
}
