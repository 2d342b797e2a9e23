using System.Text;
using Google.Protobuf;
using Toss.Core.Clips;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Storage.Rows;

/// <summary>
/// A clip's sealed column. The signed body already holds preview and inline content, so those are kept as places in it,
/// not a second time. Id, counter and milliseconds stand in clear columns.
/// </summary>
internal static class ClipRecord
{
    private const byte Format = 1;
    private const byte InBody = 0;
    private const byte Apart = 1;
    private const byte InBlob = 2;

    public static RecordWriter Write(StoredClip stored)
    {
        var clip = stored.Clip;
        var body = clip.Signed.Body.Span;
        var writer = new RecordWriter()
            .Byte(Format)
            .Fixed(clip.Stamp.Origin.ToBytes())
            .Time(stored.ReceivedAt)
            .Int32((int)clip.Sensitivity)
            .Bytes(body)
            .Bytes(clip.Signed.Signer.Span)
            .Bytes(clip.Signed.Signature.Span);
        WriteContent(writer, Encoding.UTF8.GetBytes(clip.Preview), body);
        writer.Int32(clip.Representations.Count);
        foreach (var representation in clip.Representations)
        {
            writer.Text(representation.MediaType).Int64(representation.Size);
            if (representation.Blob is { } blob)
            {
                writer
                    .Byte(InBlob)
                    .Fixed(blob.Id.ToBytes())
                    .Int64(blob.Length)
                    .Bytes(blob.Key.Span)
                    .Bytes(blob.ChunkHashes.Span);
            }
            else
            {
                WriteContent(writer, representation.Inline.GetValueOrDefault().Span, body);
            }
        }
        return writer;
    }

    public static bool TryRead(
        ReadOnlyMemory<byte> record,
        ClipId id,
        long milliseconds,
        long counter,
        out Clip clip,
        out DateTimeOffset receivedAt
    )
    {
        var reader = new RecordReader(record);
        var head = ReadHead(ref reader);
        receivedAt = head.ReceivedAt;
        var preview = Encoding.UTF8.GetString(ReadContent(ref reader, reader.Byte(), head.Body).Span);
        var representations = new Representation[reader.Count()];
        for (var i = 0; i < representations.Length; i++)
        {
            var mediaType = reader.Text();
            var size = reader.Int64();
            var kind = reader.Byte();
            representations[i] =
                kind == InBlob
                    ? new Representation(mediaType, size, null, ReadBlob(ref reader))
                    : new Representation(mediaType, size, ReadContent(ref reader, kind, head.Body), null);
        }
        clip = new Clip(
            id,
            new ClipStamp(milliseconds, unchecked((ushort)counter), head.Origin),
            head.Sensitivity,
            representations,
            preview,
            new Signed
            {
                Body = UnsafeByteOperations.UnsafeWrap(head.Body),
                Signer = UnsafeByteOperations.UnsafeWrap(head.Signer),
                Signature = UnsafeByteOperations.UnsafeWrap(head.Signature),
            }
        );
        return reader.Complete && head.Format == Format;
    }

    /// <summary>What a search looks at, without building the clip: all of history is read so.</summary>
    public static bool TryReadPreview(ReadOnlyMemory<byte> record, out SeenRecord seen)
    {
        var reader = new RecordReader(record);
        var head = ReadHead(ref reader);
        var text = ReadContent(ref reader, reader.Byte(), head.Body);
        var type = reader.Count() > 0 ? reader.Bytes() : default;
        seen = new SeenRecord(head.Origin, head.Sensitivity, type, text);
        return !reader.Failed && head.Format == Format;
    }

    private readonly record struct Head(
        byte Format,
        DeviceId Origin,
        DateTimeOffset ReceivedAt,
        Sensitivity Sensitivity,
        ReadOnlyMemory<byte> Body,
        ReadOnlyMemory<byte> Signer,
        ReadOnlyMemory<byte> Signature
    );

    private static Head ReadHead(ref RecordReader reader)
    {
        var format = reader.Byte();
        DeviceId.TryFrom(reader.Fixed(DeviceId.Size).Span, out var origin);
        return new Head(
            format,
            origin,
            reader.Time(),
            (Sensitivity)reader.Int32(),
            reader.Bytes(),
            reader.Bytes(),
            reader.Bytes()
        );
    }

    private static void WriteContent(RecordWriter writer, ReadOnlySpan<byte> content, ReadOnlySpan<byte> body)
    {
        var place = body.IndexOf(content);
        if (place < 0)
        {
            writer.Byte(Apart).Bytes(content);
        }
        else
        {
            writer.Byte(InBody).Int32(place).Int32(content.Length);
        }
    }

    private static ReadOnlyMemory<byte> ReadContent(ref RecordReader reader, byte kind, ReadOnlyMemory<byte> body)
    {
        if (kind == Apart)
        {
            return reader.Bytes();
        }
        var place = reader.Int32();
        var length = reader.Int32();
        if (kind != InBody || place < 0 || length < 0 || place > body.Length || length > body.Length - place)
        {
            reader.Fixed(-1); // marks the record as unreadable
            return default;
        }
        return body.Slice(place, length);
    }

    private static BlobReference ReadBlob(ref RecordReader reader)
    {
        BlobId.TryFrom(reader.Fixed(BlobId.Size).Span, out var id);
        return new BlobReference(id, reader.Int64(), reader.Bytes(), reader.Bytes());
    }
}
