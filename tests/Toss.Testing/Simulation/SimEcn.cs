namespace Toss.Testing.Simulation;

/// <summary>The two bits that congestion is told by, with their values in the IP header (RFC 3168 §5).</summary>
public enum SimEcn : byte
{
    NotEct = 0,
    Ect1 = 1,
    Ect0 = 2,
    Ce = 3,
}
