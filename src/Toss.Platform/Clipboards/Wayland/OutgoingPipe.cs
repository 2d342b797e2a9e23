using System.Runtime.InteropServices;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Wayland;

/// <summary>
/// One answer to one reader. Holds its own content: it is served to the end even when the clipboard has a new one. A pipe has no
/// way to say that a part is not the whole: content that does not come is ended early, and said so elsewhere.
/// </summary>
internal sealed class OutgoingPipe : IDisposable
{
    /// <summary>Written at a turn at most, so that no reader waits long for another's: a pipe mostly takes less.</summary>
    private const int Piece = 256 * 1024;

    private readonly PromiseReading? _promised;

    // What is here and not written.
    private ReadOnlyMemory<byte> _left;

    /// <param name="descriptor">Closed at the end.</param>
    public OutgoingPipe(int descriptor, ReadOnlyMemory<byte> bytes) => (Descriptor, _left) = (descriptor, bytes);

    public OutgoingPipe(int descriptor, PromiseReading promised) => (Descriptor, _promised) = (descriptor, promised);

    public int Descriptor { get; }

    /// <summary>Given up then; moves with every piece.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>All is written, the reader went away, or what was promised does not come.</summary>
    public bool IsDone { get; private set; }

    /// <summary>There is nothing to write before more comes.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Writes what the pipe takes; true if that was anything.</summary>
    public unsafe bool Write()
    {
        if (_left.IsEmpty && _promised is { IsEnded: false } && !_promised.TryTake(out _left))
        {
            (IsWaiting, IsDone) = (true, _promised.HasFailed);
            return false;
        }
        IsWaiting = false;
        var piece = _left.Span[..Math.Min(_left.Length, Piece)];
        nint count = 0;
        if (piece.Length > 0)
        {
            fixed (byte* first = piece)
            {
                count = Libc.Write(Descriptor, first, (nuint)piece.Length);
            }
        }
        if (count < 0)
        {
            // .NET ignores SIGPIPE: a reader that closed early is an error like any other.
            IsDone = Marshal.GetLastPInvokeError() is not (LibcSockets.WouldBlock or LibcSockets.Interrupted);
            return false;
        }
        _left = _left[(int)count..];
        IsDone = _left.IsEmpty && (_promised is null || _promised.IsEnded);
        return count > 0;
    }

    public void Dispose()
    {
        _promised?.Dispose();
        _ = Libc.Close(Descriptor);
    }
}
