using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Toss.Crypto.Links;
using Toss.Wire;

namespace Toss.Transport.Mdns;

/// <summary>The tags that companions may show: of this hour by the circle's clock, and of the ones before and after.</summary>
internal sealed class CompanionTags
{
    private readonly Dictionary<ulong, DeviceId> _tags = [];
    private long _hour = long.MinValue;

    /// <summary>As a TXT record shows it.</summary>
    public static string Write(ReadOnlySpan<byte> beaconKey, long hour) =>
        Convert.ToHexStringLower(BeaconTag.Make(beaconKey, hour));

    /// <summary>Other peers: all is made anew.</summary>
    public void Clear()
    {
        _hour = long.MinValue;
        _tags.Clear();
    }

    public void Turn(IReadOnlyList<LanPeer> peers, DateTimeOffset circleNow)
    {
        var hour = BeaconTag.HourOf(circleNow);
        if (hour == _hour)
        {
            return;
        }
        Clear();
        _hour = hour;
        foreach (var peer in peers)
        {
            for (var near = hour - 1; near <= hour + 1; near++)
            {
                _tags[NumberOf(BeaconTag.Make(peer.BeaconKey.Span, near))] = peer.Device;
            }
        }
    }

    /// <summary>Whose tag that is; null if it is no companion's.</summary>
    public DeviceId? PeerOf(ReadOnlySpan<byte> shown)
    {
        Span<byte> tag = stackalloc byte[BeaconTag.Size];
        return
            shown.Length == 2 * BeaconTag.Size
            && Convert.FromHexString(Encoding.Latin1.GetString(shown), tag, out _, out _) == OperationStatus.Done
            && _tags.TryGetValue(NumberOf(tag), out var peer)
            ? peer
            : null;
    }

    private static ulong NumberOf(ReadOnlySpan<byte> tag) => BinaryPrimitives.ReadUInt64BigEndian(tag);
}
