using Org.BouncyCastle.Tls;

namespace Toss.Quic.Tls.Bouncy;

/// <summary>BouncyCastle's client without the record that RFC 9001 §8.4 forbids.</summary>
internal sealed class DialingProtocol : TlsClientProtocol
{
    protected override void SendChangeCipherSpecMessage() { }
}
