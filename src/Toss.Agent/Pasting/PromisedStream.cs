using Toss.Agent.Scheduling;
using Toss.Core.Ports;
using Toss.Core.Streams;

namespace Toss.Agent.Pasting;

/// <summary>
/// The content of a blob from its beginning on, read on any thread, one read after another; opened at the first. A read waits
/// for what is on its way here.
/// </summary>
/// <param name="agent">Where blobs are read.</param>
internal sealed class PromisedStream(
    SynchronizationContext agent,
    Func<CancellationToken, ValueTask<(BlobReader Reader, IDisposable Lease)>> open
) : ForwardReader
{
    private readonly CancellationTokenSource _closing = new();
    private BlobReader? _reader;
    private IDisposable? _lease;
    private long _at;
    private string? _why;
    private bool _isReading;
    private bool _isClosed;

    /// <summary>Told when all of it was read.</summary>
    public Action? Ended { get; init; }

    /// <summary>Told at the end how many bytes were read, and why no more could be; null: whoever read wanted no more.</summary>
    public Action<long, string?>? Closed { get; init; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        SynchronizationContext.Current == agent
            ? ReadHereAsync(buffer, cancellationToken)
            : new ValueTask<int>(agent.RunAsync(() => ReadHereAsync(buffer, cancellationToken)));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            agent.Post(_ => CloseHere(), null);
        }
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadHereAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (_isClosed)
        {
            throw new OperationCanceledException();
        }
        // Whoever closes it ends what waits for content; but the store may be writing into a buffer right now, which is given
        // back when it has done so and not before.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closing.Token);
        _isReading = true;
        try
        {
            return await ReadOpenedAsync(buffer, either.Token);
        }
        catch (StoreException failure)
        {
            _why = failure.Message;
            throw new IOException(failure.Message, failure);
        }
        finally
        {
            _isReading = false;
            if (_isClosed)
            {
                LetGo();
            }
        }
    }

    private async ValueTask<int> ReadOpenedAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (_reader is null)
        {
            (_reader, _lease) = await open(cancellation);
        }
        cancellation.ThrowIfCancellationRequested();
        var read = await _reader.ReadAsync(_at, buffer, cancellation);
        _at += read;
        if (_at == _reader.Length)
        {
            Ended?.Invoke();
        }
        return read;
    }

    private void CloseHere()
    {
        if (_isClosed)
        {
            return;
        }
        _isClosed = true;
        _closing.Cancel();
        if (!_isReading)
        {
            LetGo();
        }
    }

    private void LetGo()
    {
        _reader?.Dispose();
        _lease?.Dispose();
        (_reader, _lease) = (null, null);
        _closing.Dispose();
        Closed?.Invoke(_at, _why);
    }
}
