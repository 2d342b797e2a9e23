using Toss.Wire;

namespace Toss.Testing.Programs;

/// <summary>One frame of the relay protocol on its way.</summary>
/// <param name="Connection">Numbers the connections from 1.</param>
/// <param name="FromAgent">To the relay; else from it.</param>
public sealed record TappedFrame(int Connection, bool FromAgent, RelayFrame Frame);
