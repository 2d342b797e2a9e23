using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Transport.Links;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>What the network wants to know of its links.</summary>
internal interface ILinkNews
{
    /// <summary>A peer has a link, has none any more, or answers again on it.</summary>
    void Changed(DeviceId peer);

    /// <summary>It is the one to its peer from now on.</summary>
    ValueTask OpenedAsync(Link link);

    /// <summary>It was the one to its peer, and is over.</summary>
    ValueTask EndedAsync(Link link);

    ValueTask ReceivedAsync(Link link, LinkEvent.EnvelopeArrived arrived);

    /// <summary>A peer asks for chunks of a blob.</summary>
    ValueTask WantedAsync(Link link, BlobRange range, int held, IBlobAnswer answer);

    /// <summary>We may listen elsewhere.</summary>
    /// <param name="isAnew">What was told before is old, even if it looks the same.</param>
    void CandidatesChanged(bool isAnew);
}
