namespace Toss.Crypto;

/// <summary>Every label that separates one use of a key from another. A label is used for one purpose and never reused.</summary>
public static class Labels
{
    // Signed bodies: the signature covers label ‖ 0 ‖ body.
    public const string Card = "toss/card/v1";
    public const string RosterStatement = "toss/roster-statement/v1";
    public const string Clip = "toss/clip/v1";

    // Names: SHA-256 over the label and what is named.
    public const string DeviceId = "toss/device-id/v1";
    public const string CircleId = "toss/circle-id/v1";
    public const string StatementId = "toss/statement-id/v1";
    public const string PrekeyId = "toss/prekey-id/v1";
    public const string PrekeyHash = "toss/prekey-hash/v1";
    public const string BlobId = "toss/blob-id/v1";
    public const string BlobKeyCommitment = "toss/blob-key-commitment/v1";

    // The handshake.
    public const string HandshakePublic = "toss/handshake-public/v1";
    public const string HandshakeKeys = "toss/handshake-keys/v1";
    public const string HandshakeSignature = "toss/handshake-signature/v1";
    public const string HandshakeSealed = "toss/handshake-sealed/v1";
    public const string HandshakeHash = "toss/handshake-hash/v1";

    // The ratchet.
    public const string RatchetRoot = "toss/ratchet-root/v1";
    public const string RatchetChain = "toss/ratchet-chain/v1";
    public const string RatchetMessage = "toss/ratchet-message/v1";
    public const string EnvelopeKey = "toss/envelope-key/v1";
    public const string Envelope = "toss/envelope/v1";

    // What leaves a farewell where its sender has no mailbox.
    public const string MailboxDoor = "toss/mailbox-door/v1";

    // Links.
    public const string Knock = "toss/knock/v1";
    public const string BeaconTag = "toss/beacon-tag/v1";

    // Pairing.
    public const string PairingSlot = "toss/pairing-slot/v1";
    public const string PairingSecret = "toss/pairing-secret/v1";
    public const string PairingContext = "toss/pairing-context/v1";
    public const string PairingTranscript = "toss/pairing-transcript/v1";
    public const string PairingChannel = "toss/pairing-channel/v1";
    public const string PairingSealed = "toss/pairing-sealed/v1";
    public const string PairingSignature = "toss/pairing-signature/v1";

    // What stays on the device.
    public const string RecordKey = "toss/record-key/v1";
    public const string Record = "toss/record/v1";
    public const string IndexKey = "toss/index-key/v1";
    public const string Index = "toss/index/v1";

    // What a person takes away under a passphrase.
    public const string BackupKeys = "toss/backup-keys/v1";
}
