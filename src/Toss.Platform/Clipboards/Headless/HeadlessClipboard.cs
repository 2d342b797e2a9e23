using System.Threading.Channels;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Platform.Clipboards.Headless;

/// <summary>
/// A clipboard in memory: for machines without a display (`toss copy` and `toss paste` are then its only users), and for
/// tests. Thread-safe, because both sides of it are programs.
/// </summary>
/// <param name="backend">What status shows: `headless` if it was asked for, `none` if there is no display.</param>
public sealed class HeadlessClipboard(string backend = HeadlessClipboard.Name) : IClipboard
{
    public const string Name = "headless";

    /// <summary>What the agent may be behind before older copies give way: nobody copies faster for long.</summary>
    private const int ChangesCapacity = 16;

    private readonly Lock _guard = new();
    private readonly Channel<Snapshot> _changes = Channel.CreateBounded<Snapshot>(
        new BoundedChannelOptions(ChangesCapacity) { FullMode = BoundedChannelFullMode.DropOldest }
    );
    private readonly Channel<ClipboardState> _states = Channel.CreateBounded<ClipboardState>(
        new BoundedChannelOptions(ChangesCapacity) { FullMode = BoundedChannelFullMode.DropOldest }
    );
    private Snapshot? _held;
    private ClipboardState _state = ClipboardState.Starting;

    public string Backend { get; } = backend;

    public ChannelReader<Snapshot> Changes => _changes.Reader;

    public ChannelReader<ClipboardState> States => _states.Reader;

    public ClipboardState State
    {
        get
        {
            lock (_guard)
            {
                return _state;
            }
        }
    }

    public bool TakesPromises => true;

    public ValueTask StartAsync(IContentSpool? spool, CancellationToken cancellation)
    {
        lock (_guard)
        {
            _state = ClipboardState.Listening;
            _states.Writer.TryWrite(_state);
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<ApplyOutcome> ApplyAsync(
        ClipContent content,
        ReadOnlyMemory<byte> origin,
        CancellationToken cancellation
    )
    {
        lock (_guard)
        {
            _held = new Snapshot(content.Representations, content.Sensitivity == Sensitivity.Secret, origin, []);
        }
        return ValueTask.FromResult(ApplyOutcome.Applied);
    }

    public ValueTask<Snapshot?> ReadAsync(CancellationToken cancellation)
    {
        lock (_guard)
        {
            return ValueTask.FromResult(_held);
        }
    }

    public ValueTask ClearAsync(ReadOnlyMemory<byte> origin, CancellationToken cancellation)
    {
        lock (_guard)
        {
            if (_held?.Origin is { } held && held.Span.SequenceEqual(origin.Span))
            {
                _held = null;
            }
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>As if somebody had emptied it.</summary>
    public void Empty()
    {
        lock (_guard)
        {
            _held = null;
            _changes.Writer.TryWrite(Snapshot.Cleared);
        }
    }

    /// <summary>As if the user had copied this.</summary>
    public void Copy(ClipContent content) =>
        Copy(new Snapshot(content.Representations, content.Sensitivity == Sensitivity.Secret, null, []));

    /// <summary>As if the user had copied this; what is over the limits is left out, as any adapter does.</summary>
    public void Copy(Snapshot copied)
    {
        var kept = new List<ContentRepresentation>();
        var omitted = new List<OmittedFormat>(copied.Omitted);
        long size = 0;
        foreach (var representation in copied.Representations)
        {
            var length = representation.Size;
            if (
                length > Limits.CopiedContent
                || size + length > Limits.CopiedClip
                || kept.Count == Limits.Representations
                || representation.MediaType.Length > Limits.MediaType
            )
            {
                omitted.Add(new(representation.MediaType, OmittedReason.TooLarge));
                continue;
            }
            size += length;
            kept.Add(representation);
        }
        var snapshot = copied with { Representations = kept, Omitted = omitted };
        lock (_guard)
        {
            _held = snapshot;
            _changes.Writer.TryWrite(snapshot);
        }
    }

    public ValueTask DisposeAsync()
    {
        _changes.Writer.TryComplete();
        _states.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }
}
