namespace Toss.Quic;

/// <summary>Which controller the paths of a connection have.</summary>
public enum CongestionControl
{
    /// <summary>RFC 9002 §7: gives way to everybody, and slows down for each loss.</summary>
    NewReno,

    /// <summary>By measured rate: keeps going where packets get lost for other reasons than congestion.</summary>
    Bbr,
}
