namespace Toss.Core.Streams;

/// <summary>
/// Content that is small, and made whole when the first of it is read: from then on its <see cref="Length"/> is known. Who disposes
/// it while it is made ends that.
/// </summary>
/// <param name="make">Called once. An <see cref="IOException"/> if there will be none.</param>
public sealed class ComputedStream(Func<CancellationToken, ValueTask<ReadOnlyMemory<byte>>> make) : ForwardReader
{
    private readonly CancellationTokenSource _closing = new();
    private ReadOnlyMemory<byte>? _made;
    private int _at;

    public override long Length =>
        _made?.Length ?? throw new NotSupportedException("It is not made yet: nothing of it was read.");

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_made is null)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
            _made = await make(either.Token);
        }
        var piece = _made.Value[_at..];
        piece = piece[..Math.Min(piece.Length, buffer.Length)];
        piece.CopyTo(buffer);
        _at += piece.Length;
        return piece.Length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // Not disposed: a read that begins now finds it cancelled.
            _closing.Cancel();
        }
        base.Dispose(disposing);
    }
}
