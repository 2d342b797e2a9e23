using System.IO.Pipelines;
using Toss.Quic.Streams;
using Toss.Quic.Wire;

namespace Toss.Quic;

/// <summary>Which part of a stream is given up.</summary>
[Flags]
public enum QuicAbort
{
    Read = 1,
    Write = 2,
    Both = Read | Write,
}

/// <summary>
/// One stream of a connection: a <see cref="Stream"/>, and under it a <see cref="PipeReader"/> and a <see cref="PipeWriter"/>,
/// which save a copy. For one reader and one writer at a time, on any threads.
/// <para>What is written goes out soon, in the order it was written; flushing is only waiting until there is room for more.
/// A reader that does not read holds up the peer: no more waits here than the stream's window
/// (<see cref="StreamLimits"/>) and <see cref="PipeSize"/>. Waits continue on the caller's synchronization context.</para>
/// <para>Reading and writing throw a <see cref="QuicException"/> when the peer gave the stream up or the connection is over.
/// What a cancelled write left behind is not known: abort the stream then.</para>
/// </summary>
public sealed partial class QuicStream : Stream
{
    /// <summary>Bytes in each direction between this stream and the connection; beyond, a writer waits, and the peer.</summary>
    public const int PipeSize = 256 * 1024;

    /// <summary>
    /// The code that the peer sees when this stream is disposed before it was read to its end, or one of its pipes is
    /// completed with an exception.
    /// </summary>
    public const long AbandonedCode = 0;

    // One piece of a large write: what is refused at the end was not copied for nothing.
    private const int WritePiece = 32 * 1024;

    private readonly Pipe? _input;
    private readonly Pipe? _output;

    internal QuicStream(QuicConnection connection, PipeMemory memory, long id, bool isOurs)
    {
        (Connection, Id, _isWaiting) = (connection, id, !isOurs);
        var (reads, writes) = (!IsUnidirectional || !isOurs, !IsUnidirectional || isOurs);
        _input = reads ? new Pipe(memory.Input) : null;
        _output = writes ? new Pipe(memory.Output) : null;
        _isInputDone = !reads;
        _isOutputDone = !writes;
        (_onFlushed, _onWritten) = (() => Signal(Signals.Flushed), () => Signal(Signals.Written));
        if (!reads)
        {
            _readsClosed.SetResult();
        }
        if (!writes)
        {
            _writesClosed.SetResult();
        }
    }

    public QuicConnection Connection { get; }

    /// <summary>RFC 9000 §2.1.</summary>
    public long Id { get; }

    public bool IsUnidirectional => StreamId.IsUnidirectional(Id);

    /// <summary>What the peer sends.</summary>
    public PipeReader Input => _input?.Reader ?? throw new NotSupportedException("Only this side writes.");

    /// <summary>What this side sends; its completion ends the stream.</summary>
    public PipeWriter Output => _output?.Writer ?? throw new NotSupportedException("Only the peer writes.");

    /// <summary>Done when the peer's end was received, or with why it never will be.</summary>
    public Task ReadsClosed => _readsClosed.Task;

    /// <summary>Done when the peer has acknowledged everything, the end included, or with why it never will.</summary>
    public Task WritesClosed => _writesClosed.Task;

    /// <summary>Whose turn it is to send: 0 before all others, 7 after; 3 unless it is set.</summary>
    public int Priority
    {
        get => _priority;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, StreamSet.Priorities);
            _priority = value;
            Signal(Signals.Priority);
        }
    }

    public override bool CanRead => _input is not null;

    public override bool CanWrite => _output is not null;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }
        var result = await Input.ReadAsync(cancellationToken);
        var waiting = result.Buffer;
        var taken = waiting.Slice(0, Math.Min(waiting.Length, buffer.Length));
        var at = 0;
        foreach (var piece in taken)
        {
            piece.CopyTo(buffer[at..]);
            at += piece.Length;
        }
        Input.AdvanceTo(taken.End);
        return at;
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken = default
    )
    {
        while (!buffer.IsEmpty)
        {
            var piece = buffer[..Math.Min(buffer.Length, WritePiece)];
            buffer = buffer[piece.Length..];
            _ = await Output.WriteAsync(piece, cancellationToken);
        }
    }

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ValidateCopyToArguments(destination, bufferSize);
        // Not by Input.CopyToAsync, which does not continue on the caller's context.
        while (true)
        {
            var result = await Input.ReadAsync(cancellationToken);
            foreach (var piece in result.Buffer)
            {
                await destination.WriteAsync(piece, cancellationToken);
            }
            Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Nothing to do: what is written goes out by itself.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Ends what this side sends; everything written before still goes out.</summary>
    public void CompleteWrites() => Output.Complete();

    /// <summary>Gives up, and tells the peer so (RFC 9000 §3.1, §3.5). What waited to be sent or read is dropped.</summary>
    /// <param name="code">The application's, below 2^62.</param>
    public void Abort(QuicAbort which, long code)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(code);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(code, VarInt.Maximum);
        if ((which & QuicAbort.Read) != 0)
        {
            Volatile.Write(ref _readCode, code);
            Signal(Signals.AbortRead);
        }
        if ((which & QuicAbort.Write) != 0)
        {
            Volatile.Write(ref _writeCode, code);
            Signal(Signals.AbortWrite);
        }
    }

    public override void Flush() { }

    /// <summary>Not supported, as all that blocks a thread.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Use ReadAsync.");

    /// <inheritdoc cref="Read(byte[], int, int)"/>
    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Use WriteAsync.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Ends what this side sends, as <see cref="CompleteWrites"/>, and reads no more.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _output?.Writer.Complete();
            Signal(Signals.Disposed);
        }
        base.Dispose(disposing);
    }
}
