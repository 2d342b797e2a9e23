using Toss.Core.Ports;
using Toss.Quic;
using Toss.Transport.Links;

namespace Toss.Net.Links;

/// <summary>Why a connection ended, as links see it.</summary>
internal static class LinkEnds
{
    /// <param name="wasSilent">This side closed it since the peer was not heard any more.</param>
    public static LinkEnd Of(CloseReason reason, bool wasSilent) =>
        reason switch
        {
            _ when wasSilent => LinkEnd.Silent,
            { Cause: CloseCause.Idle } => LinkEnd.Silent,
            { Cause: CloseCause.Reset } => LinkEnd.Forgotten,
            { Cause: CloseCause.Abandoned } => LinkEnd.ClosedHere,
            { IsApplication: true } => (LinkError)reason.Code switch
            {
                LinkError.Superseded => LinkEnd.Superseded,
                LinkError.NotAMember => LinkEnd.NotAMember,
                LinkError.Malformed => LinkEnd.Malformed,
                LinkError.Version => LinkEnd.Version,
                _ => reason.Cause == CloseCause.Peer ? LinkEnd.ClosedByPeer : LinkEnd.ClosedHere,
            },
            _ => LinkEnd.Fault,
        };
}
