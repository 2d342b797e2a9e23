using System.Text;
using System.Threading.Channels;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Testing.Simulation;

/// <summary>
/// A clipboard that shows the agent's own writes back to it a moment later, without the mark of their origin and with
/// other line ends, as platforms and remote desktops do. It counts what was put on it.
/// </summary>
public sealed class SimClipboard(SimClock clock) : IClipboard
{
    private readonly Channel<Snapshot> _changes = Channel.CreateUnbounded<Snapshot>();
    private readonly Channel<ClipboardState> _states = Channel.CreateUnbounded<ClipboardState>();
    private Snapshot? _held;
    private ReadOnlyMemory<byte> _origin;
    private (Snapshot? Of, string? Text) _read;

    public string Backend => "sim";

    public ChannelReader<Snapshot> Changes => _changes.Reader;

    public ChannelReader<ClipboardState> States => _states.Reader;

    public ClipboardState State => ClipboardState.Listening;

    public bool TakesPromises => true;

    /// <summary>How long a write takes to come back; null if it does not.</summary>
    public TimeSpan? EchoAfter { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>What the agent put here, in order.</summary>
    public List<string> Applied { get; } = [];

    /// <summary>How often the agent put something here.</summary>
    public int Writes { get; private set; }

    /// <summary>The text held, or null. Looked at after every step of a world, it is decoded once: it may be of megabytes.</summary>
    public string? Text
    {
        get
        {
            if (!ReferenceEquals(_read.Of, _held))
            {
                _read = (_held, _held is null ? null : TextOf(_held));
            }
            return _read.Text;
        }
    }

    /// <summary>What is held says that it is a secret.</summary>
    public bool IsConcealed => _held?.Concealed == true;

    /// <summary>Everything held.</summary>
    public IReadOnlyList<ContentRepresentation> Content => _held?.Representations ?? [];

    /// <summary>For other programs of the machine: whenever somebody puts something here, the agent or another program.</summary>
    public event Action<IReadOnlyList<ContentRepresentation>>? Taken;

    public ValueTask StartAsync(IContentSpool? spool, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask<ApplyOutcome> ApplyAsync(
        ClipContent content,
        ReadOnlyMemory<byte> origin,
        CancellationToken cancellation
    )
    {
        _held = new Snapshot(content.Representations, content.Sensitivity == Sensitivity.Secret, null, []);
        _origin = origin.ToArray();
        Applied.Add(Text ?? "");
        Writes++;
        // Whoever shows our own writes to us has read them: what is only promised nobody reads before a person pastes.
        var read = content.Representations.Where(one => one.Promise is null).Select(Rewrite).ToList();
        if (EchoAfter is { } delay && read.Count > 0)
        {
            var echo = new Snapshot(read, false, null, []);
            clock.CreateTimer(_ => _changes.Writer.TryWrite(echo), null, delay, Timeout.InfiniteTimeSpan);
        }
        Taken?.Invoke(content.Representations);
        return ValueTask.FromResult(ApplyOutcome.Applied);
    }

    public ValueTask ClearAsync(ReadOnlyMemory<byte> origin, CancellationToken cancellation)
    {
        if (_origin.Span.SequenceEqual(origin.Span))
        {
            _held = null;
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<Snapshot?> ReadAsync(CancellationToken cancellation) => ValueTask.FromResult(_held);

    /// <summary>The user copies this.</summary>
    public void Copy(string text) => Copy([new ContentRepresentation(MediaTypes.Text, Encoding.UTF8.GetBytes(text))]);

    /// <summary>A password manager copies this, with its platform's hint.</summary>
    public void CopyConcealed(string text) =>
        Copy([new ContentRepresentation(MediaTypes.Text, Encoding.UTF8.GetBytes(text))], concealed: true);

    /// <summary>Somebody empties it.</summary>
    public void Empty()
    {
        _held = null;
        _origin = default;
        _changes.Writer.TryWrite(Snapshot.Cleared);
    }

    /// <summary>The user copies this, or another program puts it here.</summary>
    public void Copy(IReadOnlyList<ContentRepresentation> content, bool concealed = false)
    {
        _held = new Snapshot(content, concealed, null, []);
        _origin = default;
        _changes.Writer.TryWrite(_held);
        Taken?.Invoke(content);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static ContentRepresentation Rewrite(ContentRepresentation written) =>
        MediaTypes.IsText(written.MediaType)
            ? written with
            {
                Bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(written.Bytes.Span).ReplaceLineEndings("\r\n")),
            }
            : written;

    private static string? TextOf(Snapshot snapshot) =>
        snapshot.Representations.FirstOrDefault(representation => MediaTypes.IsText(representation.MediaType))
            is { } text
            ? Encoding.UTF8.GetString(text.Bytes.Span)
            : null;
}
