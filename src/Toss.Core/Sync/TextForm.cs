namespace Toss.Core.Sync;

/// <summary>Text as its readers see it.</summary>
internal static class TextForm
{
    /// <summary>CRLF and CR become LF; NULs and white space at the end go.</summary>
    public static byte[] Canonical(ReadOnlySpan<byte> utf8)
    {
        var text = utf8.TrimEnd("\0\r\n\t "u8);
        var output = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\r')
            {
                output[length++] = (byte)'\n';
                i += i + 1 < text.Length && text[i + 1] == '\n' ? 1 : 0;
            }
            else
            {
                output[length++] = text[i];
            }
        }
        return output[..length];
    }
}
