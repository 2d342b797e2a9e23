namespace Toss.Net.Udp;

/// <summary>Where the thread of a loop waits.</summary>
internal interface ILoopWait : IDisposable
{
    /// <summary>Ends the wait, or the next one if nobody waits. From any thread; after the end, nothing.</summary>
    void Wake();

    /// <summary>
    /// Returns when one of the sockets is readable, one that is blocked is writable, after <see cref="Wake"/>, or after
    /// <paramref name="timeout"/>, not before, without limit if it is null. Marks the sockets.
    /// </summary>
    void Wait(List<UdpSocket> sockets, TimeSpan? timeout);
}
