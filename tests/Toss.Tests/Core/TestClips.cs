using System.Text;
using Toss.Core.Clips;
using Toss.Crypto.Identity;
using Toss.Testing;
using Toss.Wire;

namespace Toss.Tests.Core;

/// <summary>Short ways to make what the decisions decide about.</summary>
internal static class TestClips
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static DeviceKey Key(ulong seed) => DeviceKey.Generate(new SeededRandomSource(seed));

    public static ContentRepresentation Text(string text) => new(MediaTypes.Text, Encoding.UTF8.GetBytes(text));

    public static ContentRepresentation Bytes(string mediaType, int size) => new(mediaType, new byte[size]);

    public static Snapshot Snapshot(params ContentRepresentation[] representations) =>
        new(representations, Concealed: false, Origin: null, Omitted: []);

    public static ClipContent Content(params ContentRepresentation[] representations) =>
        new(representations, Sensitivity.Normal);

    public static ClipId Id(int number) => ClipId.FromParts(number, new byte[10]);

    public static Clip Clip(DeviceKey origin, CircleId circle, int number, DateTimeOffset at, string text = "text") =>
        ClipWriter.Sign(
            origin,
            circle,
            Id(number),
            new ClipStamp(at.ToUnixTimeMilliseconds(), 0, origin.Id),
            Sensitivity.Normal,
            [new Representation(MediaTypes.Text, Encoding.UTF8.GetByteCount(text), Encoding.UTF8.GetBytes(text), null)]
        );
}
