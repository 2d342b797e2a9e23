using Toss.Net.Udp;
using Toss.Quic;

namespace Toss.Tests.Net.Udp;

/// <summary>Whatever a test wants done.</summary>
internal sealed class LoopWork : INetworkLoopWork
{
    public delegate void Received(UdpSocket socket, in ReceivedBatch batch, Instant now);

    public Received OnReceive { get; init; } = (_, in _, _) => { };

    public Action<UdpSocket> OnContinue { get; init; } = _ => { };

    public Func<Instant, Instant> OnFinish { get; init; } = _ => Instant.Never;

    public void Receive(UdpSocket socket, in ReceivedBatch batch, Instant now) => OnReceive(socket, batch, now);

    public void ContinueSending(UdpSocket socket, Instant now) => OnContinue(socket);

    public Instant FinishTurn(Instant now) => OnFinish(now);
}
