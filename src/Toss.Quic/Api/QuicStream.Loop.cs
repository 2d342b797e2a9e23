using System.IO.Pipelines;
using Toss.Quic.Streams;

namespace Toss.Quic;

// Between the pipes and the connection. Everything but Signal runs on the loop.
public sealed partial class QuicStream : IPosted
{
    // As much is handed to the reader at a time, or less if there is no more.
    private const int FlushAt = PipeSize / 4;

    private readonly TaskCompletionSource _readsClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _writesClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _onFlushed;
    private readonly Action _onWritten;
    private ValueTask<FlushResult> _flush;
    private ValueTask<ReadResult> _read;

    // Of the peer, and nobody has it yet: its bytes stay in its window, or streams that nobody wants would cost memory.
    private bool _isWaiting;
    private bool _isFlushing;
    private bool _isReading;
    private bool _isInputDone;
    private bool _isOutputDone;

    // The end was handed over, but the peer has not acknowledged all of it.
    private bool _isOutputEnded;
    private int _unflushed;
    private int _signals;
    private volatile int _priority = StreamSet.DefaultPriority;
    private long _readCode;
    private long _writeCode;

    [Flags]
    private enum Signals
    {
        None = 0,
        Flushed = 1,
        Written = 2,
        AbortRead = 4,
        AbortWrite = 8,
        Priority = 16,
        Disposed = 32,
        Accepted = 64,
    }

    private StreamSet Streams => Connection.Streams;

    /// <summary>It can be used from now on.</summary>
    internal void Begin() => Send();

    /// <summary>The application has it; from any thread.</summary>
    internal void OnAccepted() => Signal(Signals.Accepted);

    void IPosted.Run(Instant now)
    {
        var signals = (Signals)Interlocked.Exchange(ref _signals, 0);
        if ((signals & Signals.Accepted) != 0 && _isWaiting)
        {
            _isWaiting = false;
            Receive();
            Send();
        }
        if ((signals & Signals.Priority) != 0)
        {
            Streams.SetPriority(Id, _priority);
        }
        if ((signals & Signals.AbortWrite) != 0 && !_isOutputDone)
        {
            Streams.Reset(Id, Volatile.Read(ref _writeCode));
            EndOutput(Aborted(Volatile.Read(ref _writeCode)));
        }
        if ((signals & Signals.AbortRead) != 0)
        {
            StopReading(Volatile.Read(ref _readCode));
        }
        if ((signals & Signals.Flushed) != 0 && _isFlushing)
        {
            _isFlushing = false;
            if (!_isInputDone && OnFlushed(_flush))
            {
                Receive();
            }
        }
        if ((signals & Signals.Written) != 0 && _isReading)
        {
            _isReading = false;
            if (!_isOutputDone && TryHandOver(_read))
            {
                Send();
            }
        }
        if ((signals & Signals.Disposed) != 0)
        {
            StopReading(AbandonedCode);
            _input?.Reader.Complete();
        }
        Connection.Touch();
    }

    internal void OnEvent(in StreamEvent next)
    {
        if ((next.Events & StreamEvents.Stopped) != 0)
        {
            EndOutput(new QuicException(QuicErrorReason.StreamStopped, "The peer reads no more.", next.StopCode));
        }
        if ((next.Events & StreamEvents.Acknowledged) != 0)
        {
            EndOutput(null);
        }
        // A reset does not wait for a slow reader: what it has not read is gone.
        if ((next.Events & StreamEvents.Reset) != 0 || ((next.Events & StreamEvents.Readable) != 0 && !_isFlushing))
        {
            Receive();
        }
        if ((next.Events & StreamEvents.Writable) != 0)
        {
            Send();
        }
    }

    /// <summary>The connection is over.</summary>
    internal void End(QuicException exception)
    {
        _isWaiting = false;
        if (!_isFlushing)
        {
            Receive();
        }
        EndInput(exception);
        EndOutput(exception);
    }

    /// <summary>From any thread: there is something to do here.</summary>
    private void Signal(Signals signal)
    {
        if (Interlocked.Or(ref _signals, (int)signal) == 0)
        {
            Connection.Post(this);
        }
    }

    /// <summary>Hands on what came, until there is no more or the reader has enough.</summary>
    private void Receive()
    {
        while (!_isInputDone && !_isWaiting)
        {
            StreamRead read;
            if (Streams.Readable(Id) == 0)
            {
                // Nothing, or the end.
                read = Streams.Read(Id, []);
            }
            else
            {
                read = Streams.Read(Id, _input!.Writer.GetSpan());
                _input.Writer.Advance(read.Length);
                _unflushed += read.Length;
            }
            if (read.IsEnd)
            {
                EndInput(
                    read.IsReset
                        ? new QuicException(QuicErrorReason.StreamReset, "The peer gave the stream up.", read.Code)
                        : null
                );
                return;
            }
            if (read.Length > 0 && _unflushed < FlushAt)
            {
                continue;
            }
            if (_unflushed > 0 && !TryFlush())
            {
                return;
            }
            if (read.Length == 0)
            {
                return;
            }
        }
    }

    private bool TryFlush()
    {
        _unflushed = 0;
        var flush = _input!.Writer.FlushAsync();
        if (flush.IsCompleted)
        {
            return OnFlushed(flush);
        }
        (_isFlushing, _flush) = (true, flush);
        flush.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onFlushed);
        return false;
    }

    /// <returns>Whether the reader takes more.</returns>
    private bool OnFlushed(in ValueTask<FlushResult> flush)
    {
        if (!flush.GetAwaiter().GetResult().IsCompleted)
        {
            return true;
        }
        StopReading(AbandonedCode);
        return false;
    }

    private void StopReading(long code)
    {
        if (!_isInputDone)
        {
            Streams.StopSending(Id, code);
            EndInput(Aborted(code));
        }
    }

    /// <summary>Hands over what was written, until there is no more or the stream has enough.</summary>
    private void Send()
    {
        while (!_isOutputDone && !_isOutputEnded && !_isReading)
        {
            var read = _output!.Reader.ReadAsync();
            if (!read.IsCompleted)
            {
                (_isReading, _read) = (true, read);
                read.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onWritten);
                return;
            }
            if (!TryHandOver(read))
            {
                return;
            }
        }
    }

    /// <returns>Whether all of it was taken.</returns>
    private bool TryHandOver(in ValueTask<ReadResult> read)
    {
        ReadResult result;
        try
        {
            result = read.GetAwaiter().GetResult();
        }
        catch (Exception)
        {
            // The writer completed the pipe with an exception of its own: it gives up.
            Streams.Reset(Id, AbandonedCode);
            EndOutput(Aborted(AbandonedCode));
            return false;
        }
        var (left, taken) = (result.Buffer.Length, 0L);
        foreach (var piece in result.Buffer)
        {
            left -= piece.Length;
            var length = Streams.Write(Id, piece.Span, fin: result.IsCompleted && left == 0);
            if (length < 0)
            {
                // Stopped or reset a moment ago; the event says by whom.
                return false;
            }
            taken += length;
            if (length < piece.Length)
            {
                _output!.Reader.AdvanceTo(result.Buffer.GetPosition(taken));
                return false;
            }
        }
        if (result.IsCompleted && result.Buffer.IsEmpty)
        {
            _ = Streams.Write(Id, [], fin: true);
        }
        _output!.Reader.AdvanceTo(result.Buffer.End);
        if (result.IsCompleted)
        {
            _isOutputEnded = true;
        }
        return true;
    }

    /// <param name="exception">Null at the end that the peer intended.</param>
    private void EndInput(QuicException? exception)
    {
        if (_isInputDone)
        {
            return;
        }
        _isInputDone = true;
        _input!.Writer.Complete(exception);
        Finish(_readsClosed, exception);
    }

    /// <param name="exception">Null when the peer has everything.</param>
    private void EndOutput(QuicException? exception)
    {
        if (_isOutputDone)
        {
            return;
        }
        _isOutputDone = true;
        _output!.Reader.Complete(exception);
        Finish(_writesClosed, exception);
    }

    private void Finish(TaskCompletionSource closed, QuicException? exception)
    {
        if (exception is null)
        {
            closed.SetResult();
        }
        else
        {
            closed.SetException(exception);
            // Nobody has to look.
            _ = closed.Task.Exception;
        }
        if (_isInputDone && _isOutputDone)
        {
            Connection.Forget(this);
        }
    }

    private static QuicException Aborted(long code) =>
        new(QuicErrorReason.StreamAborted, "This side gave the stream up.", code);
}
