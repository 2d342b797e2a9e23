using System.Security.Cryptography;
using Toss.Crypto.Identity;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Crypto;

public sealed class MailboxDoorTests
{
    private readonly byte[] _beacon = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    [Fact]
    public void It_follows_from_the_beacon_key_and_the_mailbox()
    {
        // HKDF-SHA-256 with the info "toss/mailbox-door/v1", 0, length 32, the mailbox id: by hand.
        byte[] info = [.. "toss/mailbox-door/v1"u8, 0, 0, 0, 0, 32, .. Mailbox(7).ToBytes()];
        var seed = HKDF.DeriveKey(HashAlgorithmName.SHA256, _beacon, 32, [], info);

        var (privateKey, publicKey) = MailboxDoor.KeyOf(_beacon, Mailbox(7));

        Assert.Equal(seed, privateKey);
        Assert.Equal(SHA256.HashData(publicKey), MailboxDoor.IdOf(_beacon, Mailbox(7)).ToBytes());
    }

    [Fact]
    public void Each_mailbox_has_its_own_and_so_has_each_device()
    {
        var door = MailboxDoor.IdOf(_beacon, Mailbox(1));
        Assert.Equal(door, MailboxDoor.IdOf(_beacon, Mailbox(1)));
        Assert.NotEqual(door, MailboxDoor.IdOf(_beacon, Mailbox(2)));
        Assert.NotEqual(door, MailboxDoor.IdOf(new byte[16], Mailbox(1)));
    }

    private static MailboxId Mailbox(byte first)
    {
        _ = MailboxId.TryFrom([first, .. new byte[MailboxId.Size - 1]], out var mailbox);
        return mailbox;
    }
}
