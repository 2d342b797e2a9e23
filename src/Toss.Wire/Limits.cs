namespace Toss.Wire;

/// <summary>
/// Every bound the protocol puts on what comes from outside, each with its reason. Sizes are bytes unless a name says
/// otherwise. A decoder compares with these before it allocates.
/// </summary>
public static class Limits
{
    /// <summary>One sealed envelope: an inline clip of 64 KiB, its handshake and padding, with room to spare.</summary>
    public const int Envelope = 128 * 1024;

    /// <summary>Content that travels inside the envelope, all representations together; more becomes blobs.</summary>
    public const int InlineContent = 64 * 1024;

    /// <summary>Plaintext bytes in one blob chunk: large enough for AES-GCM at full speed, small enough for one relay frame.</summary>
    public const int BlobChunk = 128 * 1024;

    /// <summary>A blob chunk with its 16-byte tag.</summary>
    public const int SealedBlobChunk = BlobChunk + 16;

    /// <summary>Chunks of a blob: 4 GiB, which no limit on content exceeds.</summary>
    public const int BlobChunks = 32 * 1024;

    /// <summary>Chunks of a blob whose hashes travel beside its id: 16 KiB of an envelope. More are fetched first, from who has it.</summary>
    public const int InlineChunkHashes = 512;

    /// <summary>
    /// One representation that is held in memory while it is on a clipboard; a larger one is read where it is used. No less than
    /// what is fetched without being asked for.
    /// </summary>
    public const int HeldContent = 8 * 1024 * 1024;

    /// <summary>Pieces of a blob, of a sealed chunk's size each: its chunks, and behind them the hashes of the largest.</summary>
    public const int BlobPieces = BlobChunks + (BlobChunks * 32 / SealedBlobChunk) + 1;

    /// <summary>One representation, which no device ever holds in memory.</summary>
    public const long Content = 4L * 1024 * 1024 * 1024;

    /// <summary>All representations of one clip together.</summary>
    public const long Clip = Content + CopiedClip;

    /// <summary>One representation that an adapter reads from a clipboard into memory, or puts on one from there.</summary>
    public const long CopiedContent = 64L * 1024 * 1024;

    /// <summary>All of those in one clip together.</summary>
    public const long CopiedClip = 96L * 1024 * 1024;

    /// <summary>Representations in one clip: no application offers more that mean anything.</summary>
    public const int Representations = 32;

    /// <summary>Characters of a media type (RFC 6838 §4.2 allows 127 for each part).</summary>
    public const int MediaType = 255;

    /// <summary>One relay frame; twice an envelope.</summary>
    public const int RelayFrame = 256 * 1024;

    /// <summary>One datagram on a circuit: what a link sends at most, an Ethernet frame without the headers of IPv6 and UDP.</summary>
    public const int CircuitDatagram = 1452;

    /// <summary>Datagrams that travel in one frame: what a link hands over at a time.</summary>
    public const int CircuitPayload = 64 * 1024;

    /// <summary>How many they are at most: as many as one call of Linux segments. Each costs the relay a packet of its own.</summary>
    public const int CircuitDatagrams = 64;

    /// <summary>One frame of a link's control stream; twice an envelope.</summary>
    public const int LinkFrame = 256 * 1024;

    /// <summary>Addresses at which a device says that it listens: more interfaces than a laptop has, with two families each.</summary>
    public const int Candidates = 16;

    /// <summary>Bytes that one stream of a measurement carries: half a second of a gigabit.</summary>
    public const int Bench = 64_000_000;

    /// <summary>Round trips of a measurement: enough for a 95th percentile.</summary>
    public const int BenchEchoes = 100;

    /// <summary>One control request that is not a stream.</summary>
    public const int ControlRequest = 256 * 1024;

    /// <summary>One pairing message: two cards, a chain of sixteen Adds, an ML-KEM key.</summary>
    public const int PairingMessage = 16 * 1024;

    /// <summary>Characters of a device's name.</summary>
    public const int Name = 64;

    /// <summary>Characters of a clip's preview.</summary>
    public const int Preview = 1024;

    /// <summary>Message keys kept for messages that were overtaken, per session.</summary>
    public const int SkippedKeys = 2048;

    /// <summary>Devices a circle may ever have had.</summary>
    public const int Devices = 256;

    /// <summary>Adds that an honest device signs at most, and that a Revoke keeps at most.</summary>
    public const int AddsPerSigner = 64;

    /// <summary>
    /// All statements of a roster: it travels whole, in one envelope, with Cards. More end the circle.
    /// </summary>
    public const int Roster = 64 * 1024;

    /// <summary>
    /// A roster with the Cards that travel beside it: an envelope without its padding (2 KiB at this size), its handshake and
    /// the introduction in it. More Cards go into further envelopes.
    /// </summary>
    public const int RosterUpdate = Envelope - 2 * PairingMessage;

    /// <summary>
    /// Statements beyond which honest devices add no more, some 180: the other half is for Revokes, which are never refused.
    /// </summary>
    public const int RosterForAdds = Roster / 2;

    /// <summary>Adds in an introduction.</summary>
    public const int IntroductionChain = 16;

    /// <summary>Sessions that still receive, per peer.</summary>
    public const int SessionsPerPeer = 4;

    /// <summary>Handshakes taken from one peer in an hour: each costs a KEM decapsulation.</summary>
    public const int HandshakesPerHour = 10;

    /// <summary>Mailboxes in an Allow list.</summary>
    public const int AllowedMailboxes = Devices;

    /// <summary>A relay URL, characters.</summary>
    public const int RelayUrl = 512;

    /// <summary>A relay's admission token, characters.</summary>
    public const int RelayToken = 512;

    /// <summary>
    /// Relays one device has a mailbox at: its home, its companions' homes, former homes. Each is a connection that is held
    /// open, and an address that fits into a Card beside the others.
    /// </summary>
    public const int MailboxesPerDevice = 8;

    /// <summary>Runs a joiner makes for one typed code; wrong confirmations an inviter bears.</summary>
    public const int PairingTries = 3;

    /// <summary>How long a pairing stays open.</summary>
    public static readonly TimeSpan PairingOpen = TimeSpan.FromMinutes(5);

    /// <summary>How long an Add waits for its newcomer before it is revoked: time in which the inviter could have heard it.</summary>
    public static readonly TimeSpan PairingUnconfirmed = TimeSpan.FromMinutes(10);

    /// <summary>How long a delivery row, a mailbox entry, a relayed blob lives.</summary>
    public static readonly TimeSpan Delivery = TimeSpan.FromDays(7);

    /// <summary>How long a mailbox that is not wanted any more is still read: longer than an envelope waits in it.</summary>
    public static readonly TimeSpan FormerMailbox = TimeSpan.FromDays(8);

    /// <summary>How long a device that was removed may still say whom it removed: as long as mail, twice.</summary>
    public static readonly TimeSpan FormerMember = TimeSpan.FromDays(14);

    /// <summary>
    /// Beacon keys from before departures that still count: each costs a few MACs a knock, a tag on the network and a place in
    /// Allow lists. Nobody removes more devices in two weeks.
    /// </summary>
    public const int FormerBeacons = 4;

    /// <summary>Clip ids compared after a long absence: 72 KiB of an envelope, and a hundred copies a day for a month.</summary>
    public const int ClipQuery = 4096;

    /// <summary>Clips that one message withdraws: more than anybody picks by hand, and 5 KiB of an envelope.</summary>
    public const int Withdraw = 256;

    /// <summary>
    /// Tombstones kept, the newest, however old: some 15 MB of the database for somebody who deletes thirty copies a day for ten years.
    /// </summary>
    public const int Tombstones = 100_000;

    /// <summary>One record of a backup: a signed clip, or a sealed chunk, with room to spare.</summary>
    public const int BackupRecord = 256 * 1024;

    /// <summary>Tags of one clip: as many as a line shows.</summary>
    public const int Tags = 16;

    /// <summary>Characters of a tag.</summary>
    public const int Tag = 32;

    /// <summary>How long hashes of received envelopes and message ids are remembered: twice the longest delivery.</summary>
    public static readonly TimeSpan ReceivedMemory = TimeSpan.FromDays(14);

    /// <summary>How long an overtaken session or a skipped key still opens: longer than a delivery lives.</summary>
    public static readonly TimeSpan SessionOverlap = TimeSpan.FromDays(8);

    /// <summary>A stamp this far ahead of the circle clock is history only and moves no clock.</summary>
    public static readonly TimeSpan StampAhead = TimeSpan.FromMinutes(5);
}
