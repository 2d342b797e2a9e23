using System.Buffers.Binary;
using Toss.Core.Ports;
using Toss.Crypto.Records;

namespace Toss.Storage.Rows;

/// <summary>
/// Seals columns for the row they stand in. Authenticated with each: the column's name, the row's key and those clear
/// columns that the row's meaning depends on; so nothing can be moved, swapped or flipped without being noticed.
/// </summary>
internal sealed class RowSeal(RecordCipher cipher)
{
    public byte[] Seal(string column, ReadOnlySpan<byte> row, RecordWriter plaintext)
    {
        using (plaintext)
        {
            return cipher.Seal(column, row, plaintext.Written);
        }
    }

    public byte[] Seal(string column, ReadOnlySpan<byte> row, ReadOnlySpan<byte> plaintext) =>
        cipher.Seal(column, row, plaintext);

    /// <summary>Throws <see cref="StoreFailure.Damaged"/> if it does not open.</summary>
    public byte[] Open(string column, ReadOnlySpan<byte> row, ReadOnlySpan<byte> sealedColumn) =>
        cipher.TryOpen(column, row, sealedColumn, out var plaintext) ? plaintext : throw DamagedRow.Of(column);

    public bool TryOpen(string column, ReadOnlySpan<byte> row, ReadOnlySpan<byte> sealedColumn, out byte[] plaintext) =>
        cipher.TryOpen(column, row, sealedColumn, out plaintext);

    /// <summary>Into a buffer of the caller, <see cref="RecordCipher.Overhead"/> shorter than the column.</summary>
    public bool TryOpen(string column, ReadOnlySpan<byte> row, ReadOnlySpan<byte> sealedColumn, Span<byte> plaintext) =>
        cipher.TryOpen(column, row, sealedColumn, plaintext);

    /// <summary>What stands in clear for a value that must be found but not read.</summary>
    public byte[] Tag(string kind, ReadOnlySpan<byte> value) => cipher.Index(kind, value);

    /// <summary>The authenticated identity of a row: its key, and clear columns that must not change unnoticed.</summary>
    public static byte[] Row(ReadOnlySpan<byte> key, params ReadOnlySpan<long> columns)
    {
        var row = new byte[1 + key.Length + columns.Length * sizeof(long)];
        Row(row, key, columns);
        return row;
    }

    /// <summary>The same into a buffer of the caller; what was written of it.</summary>
    public static ReadOnlySpan<byte> Row(Span<byte> buffer, ReadOnlySpan<byte> key, params ReadOnlySpan<long> columns)
    {
        var row = buffer[..(1 + key.Length + columns.Length * sizeof(long))];
        row[0] = checked((byte)key.Length);
        key.CopyTo(row[1..]);
        for (var i = 0; i < columns.Length; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(row[(1 + key.Length + i * sizeof(long))..], columns[i]);
        }
        return row;
    }
}
