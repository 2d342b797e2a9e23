using System.Buffers;
using System.Threading.Channels;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Streams;

namespace Toss.Platform.Clipboards;

/// <summary>
/// One format on its way from the clipboard's thread into the spool. The thread gives and looks, and never waits: <c>wake</c> is
/// called when there is room again, and at the end.
/// </summary>
internal sealed class SpooledContent : IDisposable
{
    private readonly Channel<ArraySegment<byte>> _given = Channel.CreateUnbounded<ArraySegment<byte>>(
        new() { SingleReader = true, SingleWriter = true }
    );
    private readonly Lock _guard = new();
    private readonly IContentSpool _spool;
    private readonly Action _wake;
    private IPromise? _promise;
    private int _waiting;
    private bool _ended;
    private bool _disposed;

    /// <param name="wake">Called on any thread.</param>
    public SpooledContent(IContentSpool spool, string? program, Action wake)
    {
        _spool = spool;
        _wake = wake;
        _ = SealAsync(new Source(this), program);
    }

    /// <summary>
    /// More may be given: what was given is taken, or nothing will be. Sealing is behind otherwise, and the program that copied has to
    /// wait.
    /// </summary>
    public bool IsReady => Volatile.Read(ref _waiting) == 0 || IsEnded;

    /// <summary>Nothing more is taken: it is sealed, or it will not be.</summary>
    public bool IsEnded
    {
        get
        {
            lock (_guard)
            {
                return _ended;
            }
        }
    }

    /// <summary>The next piece, of an array of the shared pool's, which is cleared and given back here.</summary>
    public void Give(ArraySegment<byte> piece)
    {
        Interlocked.Increment(ref _waiting);
        if (!_given.Writer.TryWrite(piece))
        {
            Recycle(piece);
        }
    }

    /// <summary>All of it was given.</summary>
    public void Complete() => _given.Writer.TryComplete();

    /// <summary>Null if it was not sealed. It is the caller's from then on.</summary>
    public IPromise? Take()
    {
        lock (_guard)
        {
            var promise = _promise;
            _promise = null;
            return promise;
        }
    }

    /// <summary>What nobody took is let go of, also if it is still being sealed.</summary>
    public void Dispose()
    {
        _given.Writer.TryComplete(new IOException("The program that copied it does not have it any more."));
        IPromise? left;
        lock (_guard)
        {
            _disposed = true;
            left = _promise;
            _promise = null;
        }
        if (left is not null)
        {
            _spool.LetGo(left);
        }
    }

    private async Task SealAsync(Source source, string? program)
    {
        IPromise? promise = null;
        try
        {
            promise = await _spool.SealAsync(source, program);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // It was given up here, or the agent ends.
        }
        finally
        {
            source.Dispose();
            bool isLate;
            lock (_guard)
            {
                (isLate, _ended) = (_disposed, true);
                _promise = isLate ? null : promise;
            }
            if (isLate && promise is not null)
            {
                _spool.LetGo(promise);
            }
            _wake();
        }
    }

    private void Taken()
    {
        if (Interlocked.Decrement(ref _waiting) == 0)
        {
            _wake();
        }
    }

    private static void Recycle(ArraySegment<byte> piece) =>
        ArrayPool<byte>.Shared.Return(piece.Array!, clearArray: true);

    /// <summary>The spool's side.</summary>
    private sealed class Source(SpooledContent content) : ForwardReader
    {
        private ArraySegment<byte> _piece;
        private int _at;

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            if (_piece.Array is null)
            {
                if (!await content._given.Reader.WaitToReadAsync(cancellationToken))
                {
                    return 0;
                }
                _ = content._given.Reader.TryRead(out _piece);
                _at = 0;
            }
            var count = Math.Min(buffer.Length, _piece.Count - _at);
            _piece.AsMemory(_at, count).CopyTo(buffer);
            _at += count;
            if (_at == _piece.Count)
            {
                Recycle(_piece);
                _piece = default;
                content.Taken();
            }
            return count;
        }

        /// <summary>Whatever was given and not read.</summary>
        protected override void Dispose(bool disposing)
        {
            content._given.Writer.TryComplete();
            if (_piece.Array is not null)
            {
                Recycle(_piece);
                _piece = default;
            }
            while (content._given.Reader.TryRead(out var left))
            {
                Recycle(left);
            }
            base.Dispose(disposing);
        }
    }
}
