using System.Buffers.Binary;
using System.Security.Cryptography;
using Toss.Wire;

namespace Toss.Core.Backups;

/// <summary>
/// Takes a backup's plaintext as it comes, and gives its records: <see cref="Push"/>, then <see cref="TryNext"/> until it wants more.
/// Holds no more than one record and what was pushed last. What stands after the end is not looked at. Not thread-safe.
/// </summary>
public sealed class BackupFrameReader : IDisposable
{
    private byte[] _buffer = new byte[2 * Limits.SealedBlobChunk];
    private int _start;
    private int _end;

    /// <summary>The record that ends the backup was read.</summary>
    public bool IsOver { get; private set; }

    public void Push(ReadOnlySpan<byte> plaintext)
    {
        if (IsOver)
        {
            return;
        }
        if (_buffer.Length - _end < plaintext.Length)
        {
            var held = _end - _start;
            var next = held + plaintext.Length <= _buffer.Length ? _buffer : new byte[held + plaintext.Length];
            _buffer.AsSpan(_start, held).CopyTo(next);
            if (next != _buffer)
            {
                CryptographicOperations.ZeroMemory(_buffer);
            }
            (_buffer, _start, _end) = (next, 0, held);
        }
        plaintext.CopyTo(_buffer.AsSpan(_end));
        _end += plaintext.Length;
    }

    /// <summary>The next record, if all of it was pushed; it does not refer to the buffer.</summary>
    public BackupFrame TryNext(out BackupRecord record)
    {
        record = null!;
        var held = _buffer.AsSpan(_start, _end - _start);
        if (IsOver || held.Length < BackupFrames.LengthSize)
        {
            return BackupFrame.WantsMore;
        }
        var length = BinaryPrimitives.ReadInt32BigEndian(held);
        if (length is < 0 or > Limits.BackupRecord)
        {
            return BackupFrame.Malformed;
        }
        if (held.Length - BackupFrames.LengthSize < length)
        {
            return BackupFrame.WantsMore;
        }
        if (
            !WireReader.TryRead(held.Slice(BackupFrames.LengthSize, length), Limits.BackupRecord, out record)
            || record.KindCase == BackupRecord.KindOneofCase.None
        )
        {
            return BackupFrame.Malformed;
        }
        _start += BackupFrames.LengthSize + length;
        IsOver = record.KindCase == BackupRecord.KindOneofCase.End;
        return BackupFrame.Record;
    }

    /// <summary>What was copied once does not stay behind.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_buffer);
}

/// <summary>What there is to read.</summary>
public enum BackupFrame
{
    Record,
    WantsMore,

    /// <summary>No record, or none that this version knows.</summary>
    Malformed,
}
