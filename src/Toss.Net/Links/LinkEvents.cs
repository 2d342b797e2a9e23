using Toss.Transport.Links;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>Passes on to the network what its links say.</summary>
internal sealed class LinkEvents(PeerNetwork network) : ILinkNews
{
    public void Opened(DeviceId peer) => network.LinkChanged(peer, linked: true);

    public void Lost(DeviceId peer) => network.LinkChanged(peer, linked: false);

    public ValueTask ReceivedAsync(Link link, LinkEvent.EnvelopeArrived arrived) =>
        network.Receive(link, arrived.Sequence, arrived.Envelope);

    public void CandidatesChanged() => network.CandidatesMoved();
}
