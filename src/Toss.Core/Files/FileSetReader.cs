using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Toss.Core.Files;

/// <summary>
/// Reads a set of files as its bytes come, whatever its size: give it bytes by <see cref="Give"/>, then take what is in them by
/// <see cref="Next"/> until that is <see cref="FileSetPartKind.None"/>. Holds one head at most. Refuses what is beyond
/// <see cref="FileSetLimits"/>, out of order, or after the end. Names are given as they were written. Not thread-safe.
/// </summary>
public sealed class FileSetReader
{
    private const int MostHead = 20 + (FileSetLimits.Depth * sizeof(ushort)) + FileSetLimits.Path;

    private readonly byte[] _held = new byte[FileSetWriter.HeadSize + MostHead];
    private ReadOnlyMemory<byte> _given;
    private int _heldLength;
    private bool _hasBegun;
    private int _dataLeft;
    private bool _isInFile;
    private long _left;
    private long _bytes;
    private int _entries;
    private bool _isOver;
    private bool _isMalformed;

    /// <summary>The end of the set was read, and nothing came after it.</summary>
    public bool IsWhole => _isOver && !_isMalformed;

    /// <summary>More bytes. What was given before must be used up.</summary>
    public void Give(ReadOnlyMemory<byte> bytes)
    {
        if (!_given.IsEmpty)
        {
            throw new InvalidOperationException("There is more in what was given before.");
        }
        _given = bytes;
    }

    public FileSetPart Next()
    {
        if (_isMalformed || (_isOver && !_given.IsEmpty))
        {
            return Refuse();
        }
        if (!_hasBegun)
        {
            if (!TryHold(FileSetWriter.Magic.Length))
            {
                return default;
            }
            if (!_held.AsSpan(0, FileSetWriter.Magic.Length).SequenceEqual(FileSetWriter.Magic))
            {
                return Refuse();
            }
            (_hasBegun, _heldLength) = (true, 0);
        }
        if (_dataLeft > 0)
        {
            return TakeData();
        }
        if (_isOver || !TryHold(FileSetWriter.HeadSize))
        {
            return default;
        }
        var kind = (FileSetRecord)_held[0];
        var length = BinaryPrimitives.ReadInt32BigEndian(_held.AsSpan(1));
        if (!IsPossible(kind, length))
        {
            return Refuse();
        }
        if (kind == FileSetRecord.Data)
        {
            if (length > _left)
            {
                return Refuse();
            }
            (_dataLeft, _heldLength) = (length, 0);
            _left -= length;
            _bytes += length;
            return TakeData();
        }
        if (!TryHold(FileSetWriter.HeadSize + length))
        {
            return default;
        }
        _heldLength = 0;
        var body = _held.AsSpan(FileSetWriter.HeadSize, length);
        return kind switch
        {
            FileSetRecord.Entry => ReadEntry(body),
            FileSetRecord.Hole => ReadHole(body),
            FileSetRecord.EndOfFile => ReadEndOfFile(body[0]),
            _ => ReadEndOfSet(body),
        };
    }

    private bool IsPossible(FileSetRecord kind, int length) =>
        kind switch
        {
            FileSetRecord.Entry => !_isInFile && length is > 20 and <= MostHead && _entries < FileSetLimits.Entries,
            FileSetRecord.Data => _isInFile && length is > 0 and <= FileSetLimits.Run,
            FileSetRecord.Hole => _isInFile && length == sizeof(long),
            FileSetRecord.EndOfFile => _isInFile && length == 1,
            FileSetRecord.EndOfSet => !_isInFile && length == 12,
            _ => false,
        };

    private FileSetPart TakeData()
    {
        if (_given.IsEmpty)
        {
            return default;
        }
        var piece = _given[..Math.Min(_given.Length, _dataLeft)];
        _given = _given[piece.Length..];
        _dataLeft -= piece.Length;
        return new(FileSetPartKind.Data, Data: piece);
    }

    private FileSetPart ReadEntry(ReadOnlySpan<byte> body)
    {
        var (kind, flags) = ((FileKind)body[0], body[1]);
        var ticks = BinaryPrimitives.ReadInt64BigEndian(body[2..]);
        var size = BinaryPrimitives.ReadInt64BigEndian(body[10..]);
        var count = BinaryPrimitives.ReadUInt16BigEndian(body[18..]);
        var rest = body[20..];
        if (
            kind is not (FileKind.File or FileKind.Folder)
            || flags > 1
            || ticks < 0
            || ticks > DateTimeOffset.MaxValue.UtcTicks
            || size < 0
            || (kind == FileKind.Folder && (size != 0 || flags != 0))
            || size > FileSetLimits.Content - _bytes
            || count is 0 or > FileSetLimits.Depth
        )
        {
            return Refuse();
        }
        var parts = new string[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryReadName(ref rest, out parts[i]))
            {
                return Refuse();
            }
        }
        if (!rest.IsEmpty)
        {
            return Refuse();
        }
        _entries++;
        (_isInFile, _left) = (kind == FileKind.File, size);
        var entry = new FileEntry(parts, kind, new DateTimeOffset(ticks, TimeSpan.Zero), size, flags == 1);
        return new(FileSetPartKind.Entry, entry);
    }

    private static bool TryReadName(ref ReadOnlySpan<byte> rest, out string name)
    {
        name = "";
        if (rest.Length < sizeof(ushort))
        {
            return false;
        }
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        rest = rest[sizeof(ushort)..];
        if (length is 0 or > FileSetLimits.Name || length > rest.Length || !Utf8.IsValid(rest[..length]))
        {
            return false;
        }
        name = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        return true;
    }

    private FileSetPart ReadHole(ReadOnlySpan<byte> body)
    {
        var length = BinaryPrimitives.ReadInt64BigEndian(body);
        if (length <= 0 || length > _left)
        {
            return Refuse();
        }
        _left -= length;
        _bytes += length;
        return new(FileSetPartKind.Hole, Length: length);
    }

    private FileSetPart ReadEndOfFile(byte flags)
    {
        if (flags > 1 || (_left > 0 && flags == 0))
        {
            return Refuse();
        }
        _isInFile = false;
        return new(FileSetPartKind.EndOfFile, HasChanged: flags == 1);
    }

    private FileSetPart ReadEndOfSet(ReadOnlySpan<byte> body)
    {
        if (
            BinaryPrimitives.ReadInt32BigEndian(body) != _entries
            || BinaryPrimitives.ReadInt64BigEndian(body[4..]) != _bytes
        )
        {
            return Refuse();
        }
        _isOver = true;
        return new(FileSetPartKind.EndOfSet);
    }

    private FileSetPart Refuse()
    {
        _isMalformed = true;
        _given = default;
        return new(FileSetPartKind.Malformed);
    }

    /// <summary>Collects so many bytes; false if they are not there yet.</summary>
    private bool TryHold(int count)
    {
        var take = Math.Min(count - _heldLength, _given.Length);
        if (take > 0)
        {
            _given[..take].CopyTo(_held.AsMemory(_heldLength));
            _given = _given[take..];
            _heldLength += take;
        }
        return _heldLength >= count;
    }
}
