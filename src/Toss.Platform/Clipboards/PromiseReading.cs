using Toss.Core.Clips;

namespace Toss.Platform.Clipboards;

/// <summary>
/// One read of a promise from its beginning to its end, for one program: a piece in hand, the next on its way. Used on the
/// clipboard's thread only, which never waits for it: <c>wake</c> is called when there is more.
/// </summary>
internal sealed class PromiseReading : IDisposable
{
    /// <summary>Bytes of a piece: what blobs are sealed in.</summary>
    private const int Piece = Wire.Limits.BlobChunk;

    /// <summary>What <see cref="_came"/> says of a piece that is on its way, and of one that will not come.</summary>
    private const int Coming = 0;

    private const int Failed = -1;

    /// <summary>What <see cref="_size"/> is until the first piece is here, where nobody knew it before.</summary>
    private const long Unknown = -1;

    private readonly Stream _content;
    private readonly Action _wake;
    private byte[] _inHand = new byte[Piece];
    private byte[] _coming = new byte[Piece];
    private Task _next;
    private int _came;
    private long _size;
    private long _taken;

    /// <param name="program">Who pastes; null where nobody tells.</param>
    /// <param name="wake">Called on any thread.</param>
    public PromiseReading(IPromise promise, string? program, Action wake)
    {
        _content = promise.Open(program);
        _size = promise.Size ?? Unknown;
        _wake = wake;
        _next = ReadAsync();
    }

    /// <summary>All of it was taken.</summary>
    public bool IsEnded => _taken == _size;

    /// <summary>The next piece is here.</summary>
    public bool IsReady => Volatile.Read(ref _came) > Coming;

    /// <summary>It does not come: what was taken is not all.</summary>
    public bool HasFailed => Volatile.Read(ref _came) == Failed;

    /// <summary>The next bytes, which stay until this is called again; false if they are not here yet, or will not be.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> piece)
    {
        piece = default;
        var count = Volatile.Read(ref _came);
        if (IsEnded || count is Coming or Failed)
        {
            return false;
        }
        (_inHand, _coming) = (_coming, _inHand);
        piece = _inHand.AsMemory(0, count);
        _taken += count;
        if (!IsEnded)
        {
            _came = Coming;
            _next = ReadAsync();
        }
        return true;
    }

    public void Dispose()
    {
        _content.Dispose();
        // What is still being read into is written by its reader until that ends, and let go of.
        _inHand.AsSpan().Clear();
        if (Volatile.Read(ref _came) != Coming)
        {
            _coming.AsSpan().Clear();
        }
    }

    private async Task ReadAsync()
    {
        var came = Failed;
        try
        {
            var count = await _content.ReadAsync(_coming.AsMemory());
            came = count > 0 ? count : Failed;
            if (_size == Unknown && came != Failed)
            {
                // Seen by whoever sees that the piece is here.
                _size = _content.Length;
            }
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever brings it says why.
        }
        finally
        {
            Volatile.Write(ref _came, came);
            _wake();
        }
    }
}
