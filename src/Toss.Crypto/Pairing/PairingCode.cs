namespace Toss.Crypto.Pairing;

/// <summary>
/// The short secret a person carries: slot digits, then the six digits that are the secret. Or, in a QR code or link, a
/// 128-bit secret from which the slot is derived, with the relay beside it.
/// </summary>
public sealed class PairingCode : IDisposable
{
    /// <summary>A code for a slot the relay allotted: six random digits.</summary>
    public static PairingCode ForSlot(ReadOnlySpan<byte> slotDigits, IRandomSource random) =>
        throw new NotImplementedException();

    /// <summary>A 128-bit secret for QR or link.</summary>
    public static PairingCode ForLink(Uri? relay, string? relayToken, IRandomSource random) =>
        throw new NotImplementedException();

    /// <summary>Reads digits (spaces and dashes ignored) or a `toss://pair#…` link. False if it is neither.</summary>
    public static bool TryParse(string text, out PairingCode code) => throw new NotImplementedException();

    public PairingKind Kind => throw new NotImplementedException();

    /// <summary>What the rendezvous is asked for: ASCII digits, or 16 bytes.</summary>
    public ReadOnlyMemory<byte> Slot => throw new NotImplementedException();

    /// <summary>From a link only.</summary>
    public Uri? Relay => throw new NotImplementedException();

    public string? RelayToken => throw new NotImplementedException();

    /// <summary>As people type it: `123-456 789`; or the link. Never log it.</summary>
    public string Reveal() => throw new NotImplementedException();

    public override string ToString() => "PairingCode(…)";

    public void Dispose() => throw new NotImplementedException();
}

public enum PairingKind
{
    Code = 1,
    Link = 2,
}
