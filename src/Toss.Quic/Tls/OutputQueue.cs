namespace Toss.Quic.Tls;

/// <summary>CRYPTO bytes of one level that nobody took yet.</summary>
internal sealed class OutputQueue
{
    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public int Count => _end - _start;

    public void Add(ReadOnlySpan<byte> data)
    {
        if (_end + data.Length > _bytes.Length)
        {
            var grown = new byte[Math.Max(Count + data.Length, Count * 2)];
            _bytes.AsSpan(_start, Count).CopyTo(grown);
            (_bytes, _start, _end) = (grown, 0, Count);
        }
        data.CopyTo(_bytes.AsSpan(_end));
        _end += data.Length;
    }

    public int Take(Span<byte> into)
    {
        var taken = Math.Min(into.Length, Count);
        _bytes.AsSpan(_start, taken).CopyTo(into);
        _start += taken;
        if (_start == _end)
        {
            Clear();
        }
        return taken;
    }

    public void Clear() => (_bytes, _start, _end) = ([], 0, 0);
}
