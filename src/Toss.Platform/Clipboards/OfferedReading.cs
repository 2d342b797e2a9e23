using System.Diagnostics.CodeAnalysis;
using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Platform.Clipboards;

/// <summary>
/// What is worth reading of a clipboard that gives each format in one piece, within the limits, whatever its owner gives. The
/// platform brings its table of names and what its bytes mean.
/// </summary>
internal static class OfferedReading
{
    /// <summary>Bytes of the origin mark, and of a hint.</summary>
    public const int MarkLimit = 256;

    /// <summary>Of what becomes shorter when it is decoded: UTF-16 is twice as long as UTF-8, HTML may have a page around it.</summary>
    private const long GivenLimit = 2 * Limits.CopiedContent + 64 * 1024;

    /// <summary>What a program gave, as the media type says it must be. False if it is not what it says.</summary>
    public delegate bool Decoder(
        string mediaType,
        string format,
        byte[] given,
        [NotNullWhen(true)] out byte[]? decoded
    );

    /// <summary>The media types that are there, in their owner's order, each with its formats, best first.</summary>
    public static List<WantedFormat> Wanted(
        IReadOnlyList<string> offered,
        IReadOnlyList<(string MediaType, string[] Formats)> readable
    )
    {
        var positions = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var at = 0; at < offered.Count; at++)
        {
            positions.TryAdd(offered[at], at);
        }
        var wanted = readable
            .Select(one => new WantedFormat(one.MediaType, [.. one.Formats.Where(positions.ContainsKey)]))
            .Where(one => one.Formats.Count > 0)
            .OrderBy(one => one.Formats.Min(format => positions[format]))
            .ToList();
        var worthReading = MediaTypes.WithoutConversions(wanted.ConvertAll(one => one.MediaType));
        return wanted.FindAll(one => worthReading.Contains(one.MediaType));
    }

    /// <summary>Each by the first of its names that can be read; what could not be is named, with the reason.</summary>
    public static (List<ContentRepresentation> Read, List<OmittedFormat> Omitted) Read(
        IOfferedContent content,
        IEnumerable<WantedFormat> wanted,
        Decoder decode
    )
    {
        var read = new List<ContentRepresentation>();
        var omitted = new List<OmittedFormat>();
        var size = 0L;
        foreach (var one in wanted)
        {
            if (
                TryRead(
                    content,
                    one,
                    decode,
                    Math.Min(Limits.CopiedContent, Limits.CopiedClip - size),
                    out var reason
                ) is
                { } bytes
            )
            {
                size += bytes.Length;
                read.Add(new(one.MediaType, bytes));
            }
            else
            {
                omitted.Add(new(one.MediaType, reason));
            }
        }
        return (read, omitted);
    }

    private static byte[]? TryRead(
        IOfferedContent content,
        WantedFormat wanted,
        Decoder decode,
        long room,
        out OmittedReason reason
    )
    {
        reason = OmittedReason.Unreadable;
        var shrinks = wanted.MediaType is MediaTypes.Text or MediaTypes.Html or MediaTypes.Url;
        foreach (var format in wanted.Formats)
        {
            var given = content.Get(format, shrinks ? GivenLimit : room);
            if (
                given.Bytes is { } bytes
                && decode(wanted.MediaType, format, bytes, out var decoded)
                && decoded.Length <= room
            )
            {
                return decoded;
            }
            else if (given.IsTooLarge || given.Bytes?.Length > room)
            {
                reason = OmittedReason.TooLarge;
                return null;
            }
            else if (given.IsLate)
            {
                reason = OmittedReason.TimedOut;
                return null;
            }
        }
        return null;
    }
}

/// <summary>A media type that is there, and the names it is there by, best first.</summary>
internal sealed record WantedFormat(string MediaType, IReadOnlyList<string> Formats);
