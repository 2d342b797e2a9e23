namespace Toss.Crypto.Pairing;

/// <summary>
/// The newcomer's side of one run: sends pA, checks pB, sends cA, checks cB. Messages are whole `PairingMessage`s. Any
/// false ends the run; see <see cref="Failure"/>.
/// </summary>
public sealed class PairingJoiner(PairingCode code, IRandomSource random) : IDisposable
{
    /// <summary>First message: pA.</summary>
    public byte[] Start() => throw new NotImplementedException();

    /// <summary>Takes pB or cB; the answer is set if there is one to send (cA after pB).</summary>
    public bool TryHandle(ReadOnlySpan<byte> message, out byte[]? answer) => throw new NotImplementedException();

    public PairingFailure Failure => throw new NotImplementedException();

    /// <summary>Set once cB verified.</summary>
    public PairingChannel? Channel => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
