using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>Stage 10: authentic, fresh, for us. Opens on a copy; a refusal leaves the copy unchanged.</summary>
public sealed class EnvelopeOpener
{
    /// <summary>The outside of an envelope: which session it names, and its handshake if it has one.</summary>
    public static OpenStatus TryReadHeader(ReadOnlyMemory<byte> envelope, out EnvelopeOutside outside) =>
        throw new NotImplementedException();

    /// <summary>
    /// Who wrote a handshake to me: decapsulates, opens the identity and checks its signature. Membership is the
    /// caller's decision; nothing is stored here.
    /// </summary>
    public static OpenStatus Identify(
        EnvelopeOutside outside,
        IReadOnlyList<PrekeyPair> prekeys,
        CircleId circle,
        DeviceId self,
        out HandshakeClaim claim
    ) => throw new NotImplementedException();

    /// <summary>
    /// Opens with the named session, or, given a <paramref name="claim"/>, with the session the handshake makes, which
    /// then becomes current (against my own unanswered one the smaller id wins).
    /// </summary>
    public static OpenResult Open(
        PeerSessions sessions,
        EnvelopeOutside outside,
        HandshakeClaim? claim,
        DateTimeOffset now
    ) => throw new NotImplementedException();
}
