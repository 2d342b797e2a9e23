namespace Toss.Platform.Clipboards.Windows;

/// <summary>A picture becomes a bitmap when all of it is here.</summary>
internal sealed class BitmapEncoder(BitmapEncoder.Converter convert) : FormatEncoder
{
    private byte[] _picture = [];
    private int _count;

    /// <summary>False if it is no such picture.</summary>
    public delegate bool Converter(ReadOnlyMemory<byte> picture, out ReadOnlyMemory<byte> bitmap);

    public override ReadOnlySpan<byte> Begin(long size)
    {
        _picture = new byte[checked((int)size)];
        return [];
    }

    public override ReadOnlySpan<byte> Next(ReadOnlySpan<byte> piece)
    {
        piece.CopyTo(_picture.AsSpan(_count));
        _count += piece.Length;
        return [];
    }

    public override bool TryEnd(out ReadOnlySpan<byte> rest)
    {
        var isBitmap = convert(_picture, out var bitmap);
        rest = bitmap.Span;
        _picture = [];
        return isBitmap;
    }
}
