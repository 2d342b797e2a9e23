using System.Buffers;

namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// A property's type (0: there is none), format, size and bytes, which are in a buffer that goes back when this is disposed: a
/// megabyte that somebody copied is in a new array often enough without this.
/// </summary>
/// <param name="Bytes">None if there are none, or if they are over the limit.</param>
internal readonly record struct XProperty(nint Type, int Format, long Size, ArraySegment<byte> Bytes) : IDisposable
{
    public void Dispose()
    {
        if (Bytes.Array is { Length: > 0 } array)
        {
            Bytes.AsSpan().Clear();
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
