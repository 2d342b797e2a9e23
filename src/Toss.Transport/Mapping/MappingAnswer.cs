using System.Net;

namespace Toss.Transport.Mapping;

/// <summary>What a router's answer says, whichever of the two protocols it is of.</summary>
/// <param name="Result">0: done.</param>
/// <param name="Epoch">Seconds since the router's table of mappings was empty.</param>
/// <param name="Lifetime">Of the mapping; of a refusal of PCP, how long it stands.</param>
/// <param name="InternalPort">Which of our ports it is about; 0 if it is about none.</param>
/// <param name="ExternalPort">And the router's.</param>
/// <param name="External">The router's address; null where the answer does not say it.</param>
public readonly record struct MappingAnswer(
    int Result,
    uint Epoch,
    TimeSpan Lifetime,
    ushort InternalPort,
    ushort ExternalPort,
    IPAddress? External
);
