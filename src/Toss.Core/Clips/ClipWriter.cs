using Google.Protobuf;
using Toss.Core.Files;
using Toss.Crypto;
using Toss.Crypto.Blobs;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Core.Clips;

/// <summary>Makes and reads the signed form of a clip, the one that travels and is kept.</summary>
public static class ClipWriter
{
    public static Clip Sign(
        DeviceKey origin,
        CircleId circle,
        ClipId id,
        ClipStamp stamp,
        Sensitivity sensitivity,
        IReadOnlyList<Representation> representations,
        bool limited = false,
        FileSummary? files = null
    )
    {
        var body = new ClipBody
        {
            CircleId = ByteString.CopyFrom(circle.ToBytes()),
            Id = ByteString.CopyFrom(id.ToBytes()),
            Stamp = new Stamp { UnixMs = stamp.UnixMilliseconds, Counter = stamp.Counter },
            OriginKey = ByteString.CopyFrom(origin.PublicKey.Span),
            Sensitivity = sensitivity,
            Preview = files is null ? ClipPreview.Of(representations, sensitivity) : ClipPreview.OfFiles(files),
            Limited = limited,
            Files = files,
        };
        foreach (var representation in representations)
        {
            var wire = new ClipRepresentation { MediaType = representation.MediaType, Size = representation.Size };
            if (representation.Blob is { } blob)
            {
                wire.Blob = blob.ToWire();
            }
            else
            {
                wire.Inline = UnsafeByteOperations.UnsafeWrap(representation.Inline!.Value);
            }
            body.Representations.Add(wire);
        }
        var signed = origin.Sign(Labels.Clip, body.ToByteArray());
        return new Clip(id, stamp, sensitivity, representations, body.Preview, signed);
    }

    /// <summary>False unless signed by the origin it names, for this circle, and within every limit.</summary>
    public static bool TryRead(Signed signed, CircleId circle, out Clip clip) =>
        TryReadStored(signed, out clip, out var of) && of == circle && SignedStatements.Verify(Labels.Clip, signed);

    /// <summary>Reads a clip this device stored after checking it; the signature is not checked again.</summary>
    public static bool TryReadStored(Signed signed, out Clip clip, out CircleId circle)
    {
        clip = null!;
        circle = default;
        if (
            signed is null
            || !WireReader.TryRead<ClipBody>(signed.Body.Span, Limits.Envelope, out var body)
            || !body.OriginKey.Span.SequenceEqual(signed.Signer.Span)
            || !CircleId.TryFrom(body.CircleId.Span, out circle)
            || !ClipId.TryFrom(body.Id.Span, out var id)
            || body.Stamp is null
            || body.Stamp.UnixMs is < 0 or > ClipStamp.MaxMilliseconds
            || body.Stamp.Counter > ushort.MaxValue
            || body.Representations.Count is 0 or > Limits.Representations
            || body.Preview.Length > Limits.Preview
            || !Enum.IsDefined(body.Sensitivity)
            || !IsSetWithSummary(body)
        )
        {
            return false;
        }
        var representations = new List<Representation>(body.Representations.Count);
        foreach (var wire in body.Representations)
        {
            if (!TryRead(wire, out var representation))
            {
                return false;
            }
            representations.Add(representation);
        }
        if (
            representations.Sum(representation => representation.Size) > Limits.Clip
            || representations.DistinctBy(representation => representation.MediaType).Count() != representations.Count
        )
        {
            return false;
        }
        var origin = SignedStatements.IdOf(signed.Signer.Span);
        var stamp = new ClipStamp(body.Stamp.UnixMs, (ushort)body.Stamp.Counter, origin);
        clip = new Clip(id, stamp, body.Sensitivity, representations, body.Preview, signed);
        return true;
    }

    /// <summary>A set of files is alone in its clip, never secret, and says what it is; nothing else says so.</summary>
    private static bool IsSetWithSummary(ClipBody body) =>
        body.Representations.Any(static wire => wire.MediaType == MediaTypes.Files)
            ? body.Files is { } files
                && body.Representations.Count == 1
                && body.Sensitivity == Sensitivity.Normal
                && body.Representations[0].ContentCase == ClipRepresentation.ContentOneofCase.Blob
                && files.Files + (ulong)files.Folders is > 0 and <= FileSetLimits.Entries
                && files.Bytes is >= 0 and <= FileSetLimits.Content
                && files.Names.Count is > 0 and <= FileSetLimits.SummaryNames
                && files.Names.All(static name => name == FileNames.MakeSafe(name))
            : body.Files is null;

    private static bool TryRead(ClipRepresentation wire, out Representation representation)
    {
        representation = null!;
        // Paths of another machine would name files of this one.
        if (!MediaTypes.IsValid(wire.MediaType) || wire.MediaType == MediaTypes.LocalFiles)
        {
            return false;
        }
        switch (wire.ContentCase)
        {
            case ClipRepresentation.ContentOneofCase.Inline
                when wire.Inline.Length == wire.Size && wire.Size <= Limits.InlineContent:
                representation = new Representation(wire.MediaType, wire.Size, wire.Inline.Memory, null);
                return true;
            case ClipRepresentation.ContentOneofCase.Blob
                when wire.Blob.Length <= wire.Size
                    // What is inflated is so in memory.
                    && (wire.Blob.Length == wire.Size || wire.MediaType != MediaTypes.Files)
                    && wire.Size <= Limits.Content
                    && BlobReference.TryFromWire(wire.Blob, wire.Size, out var blob):
                representation = new Representation(wire.MediaType, wire.Size, null, blob);
                return true;
            default:
                return false;
        }
    }
}
