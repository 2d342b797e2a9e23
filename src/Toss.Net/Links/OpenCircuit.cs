using Toss.Quic;

namespace Toss.Net.Links;

/// <summary>A circuit that can be used.</summary>
/// <param name="Path">The way over it.</param>
/// <param name="Closed">Cancelled when it is over.</param>
internal sealed record OpenCircuit(NetworkPath Path, CancellationToken Closed);
