namespace Toss.Platform.Clipboards.Windows;

/// <summary>HTML with the header and the page of <see cref="HtmlFormat"/> around it.</summary>
internal sealed class HtmlEncoder : FormatEncoder
{
    public override ReadOnlySpan<byte> Begin(long size) => HtmlFormat.Before(size);

    public override bool TryEnd(out ReadOnlySpan<byte> rest)
    {
        rest = HtmlFormat.After;
        return true;
    }
}
