using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using Toss.Control;
using Toss.Control.Http;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Crypto;
using Toss.Crypto.Blobs;
using Toss.Crypto.Envelopes;
using Toss.Crypto.Pairing;
using Toss.Testing;
using Toss.Testing.Storage;
using Toss.Tests.Crypto;
using Toss.Transport.Mdns;
using Toss.Transport.Relay;
using Toss.Wire;
using Toss.Wire.Circuits;
using Roster = Toss.Core.Circle.Roster;

namespace Toss.Tests.Fuzz;

/// <param name="Read">True: accepted; false: refused; a throw is a bug.</param>
/// <param name="Cost">How often fewer mutations it gets than the cheapest: public-key operations take milliseconds.</param>
internal sealed record FuzzTarget(Func<byte[], bool> Read, int Cost);

/// <summary>
/// One reader for everything that decodes bytes from outside. Where a signature stands before the fields, the target
/// signs what it is given: whoever is in the circle can sign nonsense.
/// </summary>
internal static class FuzzTargets
{
    public static IReadOnlyDictionary<string, FuzzTarget> All { get; } =
        new Dictionary<string, FuzzTarget>
        {
            ["relay-frame"] = new(ReadRelayFrame, 4),
            ["envelope"] = new(ReadEnvelope, 40),
            ["plaintext"] = new(bytes => WireReader.TryRead<EnvelopePlaintext>(bytes, Limits.Envelope, out _), 1),
            ["card"] = new(ReadCard, 40),
            ["roster-statement"] = new(ReadStatement, 20),
            ["clip"] = new(ReadClip, 4),
            ["blob"] = new(ReadBlob, 2),
            ["blob-chunk"] = new(bytes => TestBlobs.TryOpen(Sample.Blob.Reference, 0, bytes, out _), 2),
            ["pairing-inviter"] = new(ReadAsInviter, 40),
            ["pairing-joiner"] = new(ReadAsJoiner, 80),
            ["pairing-code"] = new(ReadCode, 2),
            ["relay-address"] = new(bytes => RelayAddress.TryParse(Text(bytes), out _, out _), 2),
            ["id"] = new(ReadId, 1),
            ["control-request"] = new(ReadRequest, 8),
            ["control-event"] = new(ReadEvent, 4),
            ["pairing-payload"] = new(StoredTargets.ReadPayload, 4),
            ["file-set"] = new(FileTargets.Read, 2),
            ["local-files"] = new(FileTargets.ReadLocal, 1),
            ["circuit-packet"] = new(bytes => CircuitPacket.TryRead(bytes, out _, out _, out _), 1),
            ["relay-request"] = new(StoredTargets.ReadRequest, 40),
            ["dns-message"] = new(bytes => DnsReader.TryRead(bytes, out _), 1),
            ["mdns-neighbour"] = new(MdnsTargets.Hear, 4),
            ["router-answer"] = new(MappingTargets.Hear, 1),
            ["x11-text"] = new(StoredTargets.ReadX11Text, 2),
            ["x11-html"] = new(StoredTargets.ReadX11Html, 2),
            ["picture"] = new(bytes => PictureDecoder.TryDecode(bytes) is not null, 40),
            ["x11-url"] = new(StoredTargets.ReadX11Url, 2),
            ["wayland-event"] = new(StoredTargets.ReadWaylandEvent, 1),
            ["windows-html"] = new(WindowsTargets.ReadHtml, 2),
            ["windows-bitmap"] = new(WindowsTargets.ReadBitmap, 2),
            ["windows-text"] = new(WindowsTargets.ReadText, 2),
            ["windows-url"] = new(WindowsTargets.ReadUrl, 2),
            ["windows-files"] = new(WindowsTargets.ReadFiles, 4),
            ["windows-key-file"] = new(WindowsTargets.ReadKeyFile, 2),
            ["mac-text"] = new(MacTargets.ReadText, 2),
            ["mac-url"] = new(MacTargets.ReadUrl, 2),
            ["stored-clip"] = new(StoredTargets.ReadClip, 2),
            ["stored-device"] = new(StoredTargets.ReadDevice, 2),
            ["stored-sessions"] = new(StoredTargets.ReadSessions, 4),
            ["stored-secret"] = new(StoredTargets.ReadSecret, 40),
            ["key-file"] = new(StoredTargets.ReadKeyFile, 2),
            ["passphrase-file"] = new(StoredTargets.ReadPassphraseFile, 2),
            ["backup-header"] = new(BackupTargets.ReadHeader, 4),
            ["backup-records"] = new(BackupTargets.ReadRecords, 4),
        };

    public static readonly DateTimeOffset Now = Party.Start;

    /// <summary>As a client that is logged in hears it.</summary>
    private static bool ReadRelayFrame(byte[] bytes)
    {
        var mailbox = new MailboxId(1, 1);
        var session = new RelaySession(new RelayLoginKey(new byte[32], mailbox, null, (_, _) => new byte[64]), Now);
        session.HandleFrame(Sample.Challenge, Now);
        session.HandleFrame(Sample.Ready, Now);
        session.Deliver(mailbox, TimeSpan.FromSeconds(1), new byte[10]);
        session.GetChunk(mailbox, new BlobId(1, 1), 0);
        Drain(session);
        session.HandleFrame(bytes, Now);
        return Drain(session);
    }

    private static bool Drain(RelaySession session)
    {
        while (session.TryPollTransmit(Now, out _)) { }
        var open = true;
        while (session.TryPollEvent(out var next))
        {
            open &= next is not RelayClosed;
        }
        return open;
    }

    private static bool ReadEnvelope(byte[] bytes)
    {
        var (_, bob) = Sample.Parties;
        bob.Sessions = new PeerSessions();
        return bob.Open(bytes).Status == OpenStatus.Opened;
    }

    /// <summary>Read, and sealed to: its prekey is used only then.</summary>
    private static bool ReadCard(byte[] bytes)
    {
        var (alice, bob) = Sample.Parties;
        if (!DeviceCard.TryRead(bob.Key.Sign(Labels.Card, bytes), Party.Circle, out var card))
        {
            return false;
        }
        card.HasMailboxAt(new Uri("wss://relay.example/"));
        alice.Sessions = new PeerSessions();
        alice.TrySeal(bob, Party.Text("text"), card: card.Card);
        return true;
    }

    private static bool ReadStatement(byte[] bytes)
    {
        var (alice, _) = Sample.Parties;
        Roster
            .Found(Sample.Genesis)
            .Merge([alice.Key.Sign(Labels.RosterStatement, bytes)], out var added)
            .ChainTo(alice.Key.Id);
        return added.Count == 1;
    }

    private static bool ReadClip(byte[] bytes)
    {
        var (alice, _) = Sample.Parties;
        var signed = new Signed
        {
            Body = ByteString.CopyFrom(bytes),
            Signer = ByteString.CopyFrom(alice.Key.PublicKey.Span),
        };
        return ClipWriter.TryReadStored(signed, out var clip, out _)
            && (StampClock.IsPlausible(clip.Stamp, Now) || clip.Stamp.Time > Now);
    }

    private static bool ReadBlob(byte[] bytes) =>
        WireReader.TryRead<Blob>(bytes, Limits.Envelope, out var blob)
        && BlobReference.TryFromWire(blob, Limits.Content, out var reference)
        && !TestBlobs.TryOpen(reference, 1, Sample.Blob.Chunk, out _);

    private static bool ReadAsInviter(byte[] bytes)
    {
        using var code = Code();
        using var inviter = new PairingInviter(code, new SeededRandomSource(1));
        return inviter.TryHandle(bytes, out _);
    }

    /// <summary>Everything the joiner hears, as messages with a length of two bytes before each.</summary>
    private static bool ReadAsJoiner(byte[] bytes)
    {
        using var code = Code();
        using var joiner = new PairingJoiner(code, new SeededRandomSource(2));
        joiner.Start();
        var good = bytes.Length > 0;
        for (var rest = bytes.AsSpan(); good && rest.Length >= 2; )
        {
            var length = Math.Min((rest[0] << 8) | rest[1], rest.Length - 2);
            good = joiner.TryHandle(rest.Slice(2, length), out _);
            rest = rest[(2 + length)..];
        }
        if (joiner.Channel is { } channel)
        {
            channel.TryOpen(bytes, out _);
            channel.Dispose();
        }
        return good;
    }

    private static bool ReadCode(byte[] bytes)
    {
        if (!PairingCode.TryParse(Text(bytes), out var code))
        {
            return false;
        }
        // What was read can be shown and read again.
        using (code)
        {
            return PairingCode.TryParse(code.Reveal(), out var again) && again.Slot.Span.SequenceEqual(code.Slot.Span);
        }
    }

    private static bool ReadId(byte[] bytes)
    {
        var text = Text(bytes);
        return DeviceId.TryParse(text, out _)
            | ClipId.TryParse(text, out _)
            | MessageId.TryParse(text, out _)
            | MailboxId.TryParse(text, out _);
    }

    /// <summary>Whichever request it is: the daemon reads one type, and answers a JsonException as a bad request.</summary>
    private static bool ReadRequest(byte[] bytes)
    {
        JsonTypeInfo[] types =
        [
            ControlJson.Default.OpenPairingRequest,
            ControlJson.Default.JoinRequest,
            ControlJson.Default.ConfirmRequest,
            ControlJson.Default.UnpairRequest,
            ControlJson.Default.RenameRequest,
            ControlJson.Default.SetConfigRequest,
            ControlJson.Default.PasteRequest,
            ControlJson.Default.HistoryRequest,
            ControlJson.Default.TraceRequest,
            ControlJson.Default.ControlFailure,
            ControlJson.Default.StatusReport,
        ];
        return types.Count(type => IsRead(bytes, type)) > 0;
    }

    private static bool IsRead(byte[] bytes, JsonTypeInfo type)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, type) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>As the CLI reads what the daemon says while pairing; a ControlException is how it says no.</summary>
    private static bool ReadEvent(byte[] bytes)
    {
        try
        {
            var events = JsonLines.ReadAsync(
                new MemoryStream(bytes),
                ControlJson.Default.PairingEvent,
                static happened => happened is PairingDone or Toss.Control.PairingFailed,
                "while it was pairing",
                CancellationToken.None
            );
            return events.ToBlockingEnumerable().Count() > 0;
        }
        catch (ControlException)
        {
            return false;
        }
    }

    private static PairingCode Code() =>
        PairingCode.TryParse("123-456 789", out var code) ? code : throw new InvalidOperationException();

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>What the corpus was made with.</summary>
    internal static class Sample
    {
        public static readonly (Party A, Party B) Parties = Party.Two();

        public static readonly Genesis Genesis = new()
        {
            Nonce = ByteString.CopyFrom(new byte[32]),
            FounderKey = ByteString.CopyFrom(Parties.A.Key.PublicKey.Span),
        };

        public static readonly (BlobReference Reference, byte[] Chunk) Blob = MakeBlob();

        public static readonly byte[] Challenge = new RelayFrame
        {
            Challenge = new()
            {
                Version = 1,
                OldestVersion = 1,
                Nonce = ByteString.CopyFrom(new byte[32]),
            },
        }.ToByteArray();

        public static readonly byte[] Ready = new RelayFrame { Ready = new() { Version = 1 } }.ToByteArray();

        private static (BlobReference Reference, byte[] Chunk) MakeBlob()
        {
            using var sealer = new BlobSealer(new SeededRandomSource(3));
            var chunk = sealer.Seal(new byte[100], final: true);
            return (sealer.Finish(), chunk);
        }
    }
}
