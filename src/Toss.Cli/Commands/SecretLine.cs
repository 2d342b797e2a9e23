using System.Text;

namespace Toss.Cli.Commands;

/// <summary>The first line of a stream, for a secret: bounded by the buffer, which the caller wipes, and read no further than it must be.</summary>
internal static class SecretLine
{
    /// <summary>
    /// How many bytes of the buffer it has; all of them if it is longer. A byte order mark of UTF-8, as editors on Windows write it,
    /// is none of it.
    /// </summary>
    public static async Task<int> ReadAsync(Stream stream, byte[] buffer, CancellationToken cancellation)
    {
        // No further than the line: whoever wrote it may keep the pipe open.
        var (length, end) = (0, -1);
        while (end < 0 && length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
            if (read == 0)
            {
                break;
            }
            length += read;
            if (buffer.AsSpan(0, length).StartsWith(Encoding.UTF8.Preamble))
            {
                var mark = Encoding.UTF8.Preamble.Length;
                buffer.AsSpan(mark, length - mark).CopyTo(buffer);
                length -= mark;
            }
            end = buffer.AsSpan(0, length).IndexOfAny((byte)'\n', (byte)'\r');
        }
        return end < 0 ? length : end;
    }
}
