using System.Runtime.InteropServices;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Wayland;

/// <summary>
/// One answer to one reader. Holds its own bytes: they are served to the end even when the clipboard has new content.
/// </summary>
internal sealed class OutgoingPipe(int descriptor, ReadOnlyMemory<byte> bytes) : IDisposable
{
    /// <summary>Written at a turn at most, so that no reader waits long for another's: a pipe mostly takes less.</summary>
    private const int Piece = 256 * 1024;

    private int _written;

    public int Descriptor => descriptor;

    /// <summary>Given up then; moves with every piece.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>All is written, or the reader went away.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Writes what the pipe takes; true if that was anything.</summary>
    public unsafe bool Write()
    {
        var piece = bytes.Span[_written..];
        piece = piece[..Math.Min(piece.Length, Piece)];
        nint count = 0;
        if (piece.Length > 0)
        {
            fixed (byte* first = piece)
            {
                count = Libc.Write(descriptor, first, (nuint)piece.Length);
            }
        }
        if (count < 0)
        {
            // .NET ignores SIGPIPE: a reader that closed early is an error like any other.
            IsDone = Marshal.GetLastPInvokeError() is not (LibcSockets.WouldBlock or LibcSockets.Interrupted);
            return false;
        }
        _written += (int)count;
        IsDone = _written == bytes.Length;
        return count > 0;
    }

    public void Dispose() => _ = Libc.Close(descriptor);
}
