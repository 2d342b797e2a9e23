namespace Toss.Quic;

/// <summary>Work that other threads leave for the loop.</summary>
internal interface IPosted
{
    /// <summary>On the loop. Throws nothing.</summary>
    void Run(Instant now);
}
