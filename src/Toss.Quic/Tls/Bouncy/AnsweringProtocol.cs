using Org.BouncyCastle.Tls;

namespace Toss.Quic.Tls.Bouncy;

/// <summary>BouncyCastle's server without the record that RFC 9001 §8.4 forbids.</summary>
internal sealed class AnsweringProtocol : TlsServerProtocol
{
    protected override void SendChangeCipherSpecMessage() { }
}
