namespace Toss.Core.Sync;

/// <summary>Text as its readers see it.</summary>
internal static class TextForm
{
    /// <summary>CRLF and CR become LF; NULs and white space at the end go. A part of what is given, where no line ends so.</summary>
    public static ReadOnlySpan<byte> Canonical(ReadOnlySpan<byte> utf8)
    {
        var text = utf8.TrimEnd("\0\r\n\t "u8);
        var end = text.IndexOf((byte)'\r');
        if (end < 0)
        {
            // Nearly all there is: megabytes are not copied to be compared.
            return text;
        }
        var output = new byte[text.Length];
        var length = 0;
        while (end >= 0)
        {
            text[..end].CopyTo(output.AsSpan(length));
            length += end;
            output[length++] = (byte)'\n';
            text = text[(end + 1)..];
            text = text.StartsWith("\n"u8) ? text[1..] : text;
            end = text.IndexOf((byte)'\r');
        }
        text.CopyTo(output.AsSpan(length));
        return output.AsSpan(0, length + text.Length);
    }
}
