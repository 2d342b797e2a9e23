using Toss.Quic;

namespace Toss.Net.Udp;

/// <summary>Where the thread of a loop waits.</summary>
internal interface ILoopWait : IDisposable
{
    /// <summary>Ends the wait, or the next one if nobody waits. From any thread; after the end, nothing.</summary>
    void Wake();

    /// <summary>
    /// Returns when one of the sockets is readable, one that is blocked is writable, after <see cref="Wake"/>, or at
    /// <paramref name="deadline"/>, not before; for nothing else, a signal for instance. Marks the sockets.
    /// </summary>
    void Wait(List<UdpSocket> sockets, Instant deadline);
}
