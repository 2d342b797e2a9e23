using Toss.Quic;

namespace Toss.Net.Udp;

/// <summary>
/// What a <see cref="NetworkLoop"/> does: called on its thread only, one call after another. What one of these throws ends
/// the loop.
/// </summary>
internal interface INetworkLoopWork
{
    /// <summary>Something arrived. The batch is valid during the call.</summary>
    void Receive(UdpSocket socket, in ReceivedBatch batch, Instant now);

    /// <summary>A socket on which a send would have blocked has room again.</summary>
    void ContinueSending(UdpSocket socket, Instant now);

    /// <summary>
    /// The end of each turn, and once at the start: what is due is done, what is ready is sent. Returns when to be called
    /// again at the latest, <see cref="Instant.Never"/> for not before something happens.
    /// </summary>
    Instant FinishTurn(Instant now);
}
