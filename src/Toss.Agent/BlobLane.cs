using Toss.Core.Blobs;

namespace Toss.Agent;

/// <summary>A range that a source was asked for, while it comes. Another source may take its end over.</summary>
internal sealed class BlobLane(BlobSource source, BlobRange range, DateTimeOffset now, CancellationToken cancellation)
    : IDisposable
{
    private readonly CancellationTokenSource _cut = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

    public BlobSource Source { get; } = source;

    /// <summary>What it was asked for.</summary>
    public BlobRange Asked { get; } = range;

    /// <summary>The next chunk that is to come.</summary>
    public int Next { get; private set; } = range.First;

    /// <summary>Behind the last that it is still to bring.</summary>
    public int End { get; private set; } = range.End;

    public int Came => Next - Asked.First;

    public int Left => End - Next;

    public DateTimeOffset BegunAt { get; } = now;

    public DateTimeOffset LastAt { get; private set; } = now;

    public CancellationToken Cut => _cut.Token;

    /// <summary>Another has the rest.</summary>
    public bool IsCut => End < Asked.End;

    /// <summary>What is left of it to give back.</summary>
    public BlobRange Range => Asked with { Count = End - Asked.First };

    /// <summary>False if no more of it is wanted.</summary>
    public bool Brought(DateTimeOffset now)
    {
        (Next, LastAt) = (Next + 1, now);
        return !IsCut || Left > 0;
    }

    /// <summary>So many chunks at its end are for another; where nothing is left, it ends at once.</summary>
    public BlobRange GiveUp(int count)
    {
        End -= count;
        if (Left == 0)
        {
            _cut.Cancel();
        }
        return new BlobRange(Asked.Blob, End, count);
    }

    public void Dispose() => _cut.Dispose();
}
