using Toss.Core.Circle;
using Toss.Storage;
using Toss.Storage.Rows;
using Toss.Testing.Storage;
using Xunit;

namespace Toss.Tests.Storage;

public sealed class DeviceFormatTests
{
    [Fact]
    public void A_device_stored_before_mailboxes_had_tokens_is_read()
    {
        var device = new StoreSamples(5).DeviceRecord();
        device = device with
        {
            FormerBeacons = [],
            BeaconGone = 0,
            Mailboxes = [.. device.Mailboxes.Select(mailbox => mailbox with { Token = null, Until = null })],
        };

        Assert.True(DeviceStore.TryRead(Earlier(device, format: 1), out var read));

        Assert.Equal(device.Describe(), read.Describe());
    }

    [Fact]
    public void A_device_stored_before_beacon_keys_changed_is_read_as_if_nobody_had_left()
    {
        var device = new StoreSamples(5).DeviceRecord();

        Assert.True(DeviceStore.TryRead(Earlier(device, format: 2), out var read));

        Assert.Equal((device with { FormerBeacons = [], BeaconGone = 0 }).Describe(), read.Describe());
    }

    private static byte[] Earlier(DeviceRecord device, int format)
    {
        using var writer = new RecordWriter()
            .Byte(format)
            .Bytes(device.PublicKey.Span)
            .Text(device.Name)
            .Text(device.KeyStoreKind)
            .Byte(device.Paused ? 1 : 0)
            .Int64(unchecked((long)device.CardVersion))
            .Bytes(device.BeaconKey.Span)
            .OptionalText(device.Relay?.OriginalString)
            .OptionalText(device.RelayToken)
            .Int64(device.LastStampMilliseconds)
            .Int32(device.LastStampCounter)
            .Int32(device.Prekeys.Count);
        foreach (var prekey in device.Prekeys)
        {
            writer.Bytes(prekey.Span);
        }
        writer.Int32(device.Mailboxes.Count);
        foreach (var mailbox in device.Mailboxes)
        {
            writer.Text(mailbox.Relay.OriginalString).Bytes(mailbox.PrivateKey.Span).Bytes(mailbox.PublicKey.Span);
            if (format > 1)
            {
                writer.OptionalText(mailbox.Token).OptionalTime(mailbox.Until);
            }
        }
        writer.Int32(device.Settings.Count);
        foreach (var (name, value) in device.Settings)
        {
            writer.Text(name).Text(value);
        }
        return writer.Written.ToArray();
    }
}
