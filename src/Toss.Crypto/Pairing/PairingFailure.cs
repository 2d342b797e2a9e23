namespace Toss.Crypto.Pairing;

public enum PairingFailure
{
    None = 0,
    WrongCode = 1,
    Malformed = 2,

    /// <summary>The other side speaks a newer major version: "update Toss".</summary>
    NewerVersion = 3,

    /// <summary>A message that does not belong here.</summary>
    OutOfOrder = 4,
    Declined = 5,
    Withdrawn = 6,
}
