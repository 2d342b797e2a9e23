using Toss.Transport.Links;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>Passes on to the network what its links say.</summary>
internal sealed class LinkEvents(PeerNetwork network) : ILinkNews
{
    public void Changed(DeviceId peer) => network.LinkChanged(peer);

    public ValueTask ReceivedAsync(Link link, LinkEvent.EnvelopeArrived arrived) =>
        network.Receive(link, arrived.Sequence, arrived.Envelope);

    public void CandidatesChanged() => network.CandidatesMoved();
}
