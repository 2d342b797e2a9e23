using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>Who a valid handshake says it is from, and what opens its session. Secret; dispose it.</summary>
public sealed class HandshakeClaim : IDisposable
{
    public DeviceId Peer => throw new NotImplementedException();

    public ReadOnlyMemory<byte> PeerKey => throw new NotImplementedException();

    /// <summary>Null if the peer took it that I hold its Card.</summary>
    public Introduction? Introduction => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
