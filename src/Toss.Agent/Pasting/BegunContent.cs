using Toss.Core.Streams;

namespace Toss.Agent.Pasting;

/// <summary>Content of which the first piece was read already: who asks for it hears at once if it does not come.</summary>
internal sealed class BegunContent(Memory<byte> first, Stream rest) : ForwardReader
{
    private Memory<byte> _first = first;

    /// <summary>From this byte on; an <see cref="IOException"/> if that does not come.</summary>
    public static async ValueTask<Stream> OfAsync(Stream content, long from, CancellationToken cancellation)
    {
        try
        {
            var piece = new byte[64 * 1024];
            for (var skip = from; ; )
            {
                var read = await content.ReadAsync(piece, cancellation);
                if (read == 0 || read > skip)
                {
                    return new BegunContent(piece.AsMemory(..read)[(int)Math.Min(skip, read)..], content);
                }
                skip -= read;
            }
        }
        catch
        {
            await content.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_first.IsEmpty)
        {
            return await rest.ReadAsync(buffer, cancellationToken);
        }
        var length = Math.Min(buffer.Length, _first.Length);
        _first[..length].CopyTo(buffer);
        // What was on somebody's clipboard does not stay behind.
        _first.Span[..length].Clear();
        _first = _first[length..];
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _first.Span.Clear();
            rest.Dispose();
        }
        base.Dispose(disposing);
    }
}
