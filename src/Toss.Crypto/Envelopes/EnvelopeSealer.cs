using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>Stage 5 of the path of a clip, and the only place where plaintext becomes an envelope.</summary>
public sealed class EnvelopeSealer(IRandomSource random)
{
    /// <summary>
    /// Seals for one peer and advances <paramref name="sessions"/>; store them before the envelope leaves. Without a
    /// sending session this starts one against the prekey in <paramref name="peerCard"/>.
    /// </summary>
    /// <param name="introduction">Shown in a handshake to a peer that may not hold my Card; null otherwise.</param>
    public SealResult Seal(
        PeerSessions sessions,
        DeviceKey self,
        CircleId circle,
        Card peerCard,
        Introduction? introduction,
        EnvelopePlaintext plaintext,
        DateTimeOffset now
    ) => throw new NotImplementedException();
}
