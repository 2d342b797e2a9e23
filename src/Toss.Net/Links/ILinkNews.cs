using Toss.Transport.Links;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>What the network wants to know of its links.</summary>
internal interface ILinkNews
{
    /// <summary>A peer without a link has one.</summary>
    void Opened(DeviceId peer);

    /// <summary>A peer has none any more.</summary>
    void Lost(DeviceId peer);

    ValueTask ReceivedAsync(Link link, LinkEvent.EnvelopeArrived arrived);

    /// <summary>We listen elsewhere.</summary>
    void CandidatesChanged();
}
