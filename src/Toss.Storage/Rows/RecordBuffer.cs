using System.Security.Cryptography;

namespace Toss.Storage.Rows;

/// <summary>Where a scan opens one record after another. Dispose zeroes it.</summary>
internal sealed class RecordBuffer : IDisposable
{
    private byte[] _bytes = new byte[4096];

    /// <summary>Holds what was opened last until it is overwritten.</summary>
    public Memory<byte> Take(int size)
    {
        if (_bytes.Length < size)
        {
            CryptographicOperations.ZeroMemory(_bytes);
            _bytes = new byte[Math.Max(size, _bytes.Length * 2)];
        }
        return _bytes.AsMemory(0, size);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
