namespace Toss.Quic.Wire;

/// <summary>Both numbers belong to it.</summary>
internal readonly record struct AckRange(long Smallest, long Largest);
