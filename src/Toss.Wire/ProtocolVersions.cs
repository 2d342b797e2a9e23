namespace Toss.Wire;

/// <summary>One number per interface. Two versions meet at the lower; a newer major one is refused with "update X".</summary>
public static class ProtocolVersions
{
    public const uint Envelope = 1;
    public const uint Pairing = 1;
    public const uint Relay = 1;
    public const uint OldestRelay = 1;
    public const uint Link = 1;
    public const uint OldestLink = 1;

    /// <summary>Application protocol of links (RFC 7301).</summary>
    public const string LinkProtocol = "toss/1";

    /// <summary>Of pairings in one network.</summary>
    public const string PairingProtocol = "toss-pair/1";

    /// <summary>WebSocket subprotocol of the relay.</summary>
    public const string RelaySubprotocol = "toss-relay.v1";

    /// <summary>WebSocket path of the relay.</summary>
    public const string RelayPath = "/v1/connect";

    /// <summary>Label that a mailbox key signs at login; the relay checks it without Toss.Crypto.</summary>
    public const string RelayLoginLabel = "toss/relay-login/v1";
}
