using Toss.Core.Ports;
using Toss.Crypto.Pairing;

namespace Toss.Agent.Pairing;

/// <summary>What a joiner sent, and where: the code is the one that the place is for.</summary>
internal readonly record struct PairingArrival(IRendezvous Place, PairingCode Code, RendezvousPayload Payload);
