using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Crypto.Pairing;

/// <summary>What both sides share after a run: one key a direction and the transcript. Messages are numbered; order matters.</summary>
public sealed class PairingChannel : IDisposable
{
    internal PairingChannel() { }

    /// <summary>A whole `PairingMessage` with the payload sealed inside.</summary>
    public byte[] Seal(PairingPayload payload) => throw new NotImplementedException();

    public bool TryOpen(ReadOnlySpan<byte> message, out PairingPayload payload) => throw new NotImplementedException();

    /// <summary>My DeviceKey's signature over my role and the transcript.</summary>
    public byte[] SignTranscript(DeviceKey self) => throw new NotImplementedException();

    /// <summary>Whether the peer's role and the transcript are signed by this key.</summary>
    public bool VerifyTranscript(ReadOnlySpan<byte> peerKey, ReadOnlySpan<byte> signature) =>
        throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
