using System.Net;
using Toss.Wire;

namespace Toss.Transport.Links;

/// <summary>One address of a peer that is to be tried now.</summary>
/// <param name="Search">Which search of this peer it belongs to: what an earlier one finds out counts no more.</param>
/// <param name="Moves">There is a link; this is to be a better one, if it is.</param>
public sealed record LinkDial(DeviceId Peer, IPEndPoint Candidate, int Search, bool Moves = false);
