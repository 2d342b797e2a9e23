namespace Toss.Platform.Clipboards.Windows;

/// <summary>
/// Makes a format of Windows of content that comes piece by piece, so that it is in memory once, where the clipboard takes
/// it from. This one leaves it as it is. Serves one content, from its beginning to its end; what it gives stays until the next call.
/// </summary>
internal class FormatEncoder
{
    /// <summary>What stands before the content.</summary>
    /// <param name="size">Bytes of all that comes.</param>
    public virtual ReadOnlySpan<byte> Begin(long size) => [];

    public virtual ReadOnlySpan<byte> Next(ReadOnlySpan<byte> piece) => piece;

    /// <summary>What stands behind it. False if it is not what its media type says.</summary>
    public virtual bool TryEnd(out ReadOnlySpan<byte> rest)
    {
        rest = [];
        return true;
    }
}
