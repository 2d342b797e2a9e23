using System.Security.Cryptography;
using System.Text;
using Toss.Wire;

namespace Toss.Relay;

/// <summary>Who is let in, with which versions, within which quotas.</summary>
/// <param name="Quotas">All bounds.</param>
/// <param name="Token">Admission token; null lets everybody in.</param>
/// <param name="Version">Highest protocol version; another one only in tests.</param>
/// <param name="OldestVersion">Lowest one.</param>
public sealed record RelayRules(
    RelayQuotas Quotas,
    string? Token = null,
    uint Version = ProtocolVersions.Relay,
    uint OldestVersion = ProtocolVersions.OldestRelay
)
{
    /// <summary>Where STUN is answered, on this host; told to who logs in.</summary>
    public IReadOnlyList<int> UdpPorts { get; init; } = [];

    /// <summary>Whether STUN is answered from a port that is none of those, too, for who asks for that.</summary>
    public bool HasOtherPort { get; init; }

    /// <summary>Whether datagrams are passed on between mailboxes.</summary>
    public bool Circuits { get; init; } = true;

    public static readonly RelayRules Default = new(RelayQuotas.Default);

    /// <summary>
    /// Who shows no token where one is wanted is a guest: a newcomer gets the token in its pairing, so it must be able to
    /// join one.
    /// </summary>
    public Admission Admit(string token)
    {
        if (Token is null)
        {
            return Admission.Admitted;
        }
        if (token.Length == 0)
        {
            return Admission.Guest;
        }
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(Token))
            ? Admission.Admitted
            : Admission.Refused;
    }

    public override string ToString() => $"RelayRules(versions {OldestVersion} to {Version})";
}

public enum Admission
{
    Admitted,
    Guest,
    Refused,
}
