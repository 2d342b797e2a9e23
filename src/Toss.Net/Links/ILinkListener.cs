using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Transport.Links;

namespace Toss.Net.Links;

/// <summary>Hears what links say; a link waits for its answer before it reads on.</summary>
internal interface ILinkListener
{
    ValueTask OpenedAsync(Link link);

    /// <summary>The peer took what it had left waiting.</summary>
    void Responds(Link link);

    ValueTask ReceivedAsync(Link link, LinkEvent.EnvelopeArrived arrived);

    ValueTask WantedAsync(Link link, BlobRange range, int held, IBlobAnswer answer);
}
