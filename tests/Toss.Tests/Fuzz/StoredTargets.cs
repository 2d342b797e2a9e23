using System.Security.Cryptography;
using Toss.Agent;
using Toss.Core.Clips;
using Toss.Crypto;
using Toss.Crypto.Envelopes;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.Wayland;
using Toss.Platform.KeyStores;
using Toss.Storage;
using Toss.Storage.Rows;
using Toss.Testing.Relay;
using Toss.Wire;
using Roster = Toss.Core.Circle.Roster;

namespace Toss.Tests.Fuzz;

/// <summary>Readers of what other programs and our own disk give: the clipboard, the relay's clients, rows, key files.</summary>
internal static class StoredTargets
{
    public static bool ReadX11Text(byte[] bytes) => ReadX11(MediaTypes.Text, TargetFormats.Utf8String, bytes);

    public static bool ReadX11Html(byte[] bytes) => ReadX11(MediaTypes.Html, MediaTypes.Html, bytes);

    public static bool ReadX11Url(byte[] bytes) => ReadX11(MediaTypes.Url, MediaTypes.Url, bytes);

    /// <summary>As the relay reads what a client that is logged in sends; false if it hangs up.</summary>
    public static bool ReadRequest(byte[] bytes)
    {
        var world = new RelayWorld();
        var client = world.Connect(new TestMailboxKey(1));
        var peer = world.Connect(new TestMailboxKey(2));
        client.Allow(peer.Key);
        peer.Allow(client.Key);
        client.Answer(client.Session.OpenCircuit(peer.Key.Id));
        client.SendRaw(bytes);
        return !client.IsCut;
    }

    /// <summary>Under a seal when it travels; the seal is the other side's, who may be anybody with the code.</summary>
    public static bool ReadPayload(byte[] bytes)
    {
        if (!WireReader.TryRead<PairingPayload>(bytes, Limits.PairingMessage, out var payload))
        {
            return false;
        }
        if (payload.Inviter is { Genesis: { } genesis } inviter)
        {
            Roster.Found(genesis).Merge(inviter.Adds, out _);
        }
        return payload.PayloadCase != PairingPayload.PayloadOneofCase.None;
    }

    public static bool ReadClip(byte[] bytes)
    {
        _ = ClipRecord.TryReadPreview(bytes, out _);
        return ClipRecord.TryRead(bytes, ClipId.FromParts(1, new byte[10]), 1, 1, out _, out _);
    }

    public static bool ReadDevice(byte[] bytes) => DeviceStore.TryRead(bytes, out _);

    public static bool ReadSessions(byte[] bytes)
    {
        if (!PeerSessions.TryParse(bytes, out var sessions))
        {
            return false;
        }
        // What was read can be used and kept.
        using (sessions)
        {
            sessions.Expire(FuzzTargets.Now);
            sessions.WantsRenewal(FuzzTargets.Now);
            return sessions.Serialize().Length > 0;
        }
    }

    public static bool ReadSecret(byte[] bytes)
    {
        if (!DeviceSecrets.TryRead(bytes, out var keys, out _))
        {
            return false;
        }
        keys.ForEach(key => key.Dispose());
        return true;
    }

    /// <summary>Without its hash, which whoever planted the file can make.</summary>
    public static bool ReadKeyFile(byte[] bytes) => KeyFileFormat.TryRead(Hashed(bytes), out _);

    /// <summary>Without its hash too. The cheapest cost opens; of a header that asks for more, only that is read.</summary>
    public static bool ReadPassphraseFile(byte[] bytes) =>
        PassphraseFileFormat.TryReadHeader(Hashed(bytes), out var cost)
        && (cost != Cheap || PassphraseFileFormat.TryOpen("name", Hashed(bytes), "passphrase", cost, out _));

    public static readonly PassphraseCost Cheap = new(8, 1, 1);

    private static byte[] Hashed(byte[] bytes) => [.. bytes, .. SHA256.HashData(bytes)];

    /// <summary>A global: name, interface, version.</summary>
    public static bool ReadWaylandEvent(byte[] bytes)
    {
        var received = new WaylandEvent(2, 0, bytes);
        return received.TryUInt(out _) && received.TryString(out _) && received.TryUInt(out _);
    }

    private static bool ReadX11(string mediaType, string target, byte[] bytes)
    {
        var read = TargetFormats.TryDecode(mediaType, target, latin1: false, bytes, out var decoded);
        TargetFormats.TryDecode(MediaTypes.Text, "text/plain", latin1: true, bytes, out _);
        TargetFormats.TryDecode(MediaTypes.Text, "text/plain", latin1: false, bytes, out _);
        if (!read)
        {
            return false;
        }
        // Offered again, and shown in lists.
        TargetFormats.Offer(new ClipContent([new(mediaType, decoded!)], Sensitivity.Normal), bytes);
        return ClipPreview.OfText(decoded).Length <= Limits.Preview;
    }
}
