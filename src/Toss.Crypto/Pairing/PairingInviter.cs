namespace Toss.Crypto.Pairing;

/// <summary>The member's side of one run: takes pA, sends pB, checks cA before it sends cB, so that nothing it sends can be tested.</summary>
public sealed class PairingInviter(PairingCode code, IRandomSource random) : IDisposable
{
    public bool TryHandle(ReadOnlySpan<byte> message, out byte[]? answer) => throw new NotImplementedException();

    /// <summary><see cref="PairingFailure.WrongCode"/> is the only one that counts against the code.</summary>
    public PairingFailure Failure => throw new NotImplementedException();

    /// <summary>Set once cA verified.</summary>
    public PairingChannel? Channel => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
