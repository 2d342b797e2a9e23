using System.Net;
using Toss.Wire;

namespace Toss.Transport.Links;

/// <summary>One address of a peer that is to be tried now.</summary>
public sealed record LinkDial(DeviceId Peer, IPEndPoint Candidate);
