using System.Runtime.CompilerServices;
using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>
/// Part of stages 2 and 12: keeps what came from a peer from going back to it. Not thread-safe.
///
/// Whatever was put on the clipboard, came in, or was copied here in the last ten seconds is remembered by its fingerprint. A
/// copy that says the same as something that came from a peer is an echo: the platform, a clipboard manager, a remote desktop
/// between two of our own devices shows it to us as new. A copy that says the same as the newest is nothing new either.
/// Only then is a person's copy held back who copies here, within ten seconds, what just came from elsewhere.
///
/// A program that carries clipboards (a bridge) gives itself away: by an echo without our mark, or by the same content in
/// other bytes. For ten minutes after that more is taken for its work: what was copied here before, and content that only
/// resembles. Without a bridge both are a person's, who copies one thing, another, and the first again.
///
/// What a bridge changes so much that nothing of this sees it comes round again and again. The third time it stays here.
/// docs/decisions/0016-echo.md says why it is so.
/// </summary>
/// <param name="capacity">How much is remembered at a time; a test may see what comes of less.</param>
/// <param name="fingerprint">How content is told apart; a test may see what comes of plain bytes.</param>
public sealed class EchoFilter(
    int capacity = EchoFilter.Capacity,
    Func<IReadOnlyList<ContentRepresentation>, ContentFingerprint>? fingerprint = null
)
{
    /// <summary>Bridges answer within a second or two; after ten, the same content is a person's copy.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    /// <summary>How long a bridge that was seen is reckoned with.</summary>
    public static readonly TimeSpan BridgeMemory = TimeSpan.FromMinutes(10);

    /// <summary>
    /// A mark on content that is older than this was not put there by what goes on now: somebody took it out of a clipboard
    /// manager, which keeps marks. Clocks of devices differ by less.
    /// </summary>
    public static readonly TimeSpan MarkMemory = TimeSpan.FromMinutes(5);

    /// <summary>Bytes of pictures that are kept to be decoded: two of the largest that are shared.</summary>
    private const long MostHeld = 2 * Limits.CopiedContent;

    /// <summary>Secrets that are known again, by their hashes.</summary>
    private const int MostSecrets = 64;

    /// <summary>How often the same content may come round.</summary>
    public const int MostBounces = 3;

    /// <summary>Remembered at a time; more in ten seconds than any person, and most scripts, copy.</summary>
    private const int Capacity = 1024;

    private readonly Func<IReadOnlyList<ContentRepresentation>, ContentFingerprint> _fingerprint =
        fingerprint ?? ContentFingerprint.Of;
    private readonly ConditionalWeakTable<IReadOnlyList<ContentRepresentation>, ContentFingerprint> _known = [];
    private readonly Queue<Entry> _entries = new();
    private readonly Queue<(ContentFingerprint Fingerprint, DateTimeOffset At)> _secrets = new();
    private Entry? _newest;
    private ContentFingerprint? _held;
    private DateTimeOffset? _bridgeSeen;

    /// <summary>Bytes of pictures that are kept to be decoded.</summary>
    public long Held => _entries.Sum(entry => entry.Fingerprint.Held);

    /// <summary>We are about to put this on the clipboard.</summary>
    public void Remember(ClipId clip, ClipContent content, DateTimeOffset now)
    {
        Received(clip, content, now);
        _newest = _entries.LastOrDefault();
        _held = content.Sensitivity == Sensitivity.Normal ? _newest?.Fingerprint : null;
        NoteSecret(content.Representations, content.Sensitivity, now);
    }

    /// <summary>A peer sent this: a bridge may bring it here too, whether it goes on the clipboard or not.</summary>
    public void Received(ClipId clip, ClipContent content, DateTimeOffset now)
    {
        Forget(now);
        var fingerprint = Of(content.Representations);
        // It goes on from where it came: what left here may have come back changed.
        var bounces = Resembling(fingerprint).Where(entry => entry.Clip != clip).Select(entry => entry.Bounces);
        Add(new Entry(clip, fingerprint, null, IsForeign: true, bounces.DefaultIfEmpty().Max(), now));
    }

    /// <summary>Somebody copied this here, and it is shared.</summary>
    public void Copied(ClipId clip, Snapshot snapshot, Sensitivity sensitivity, DateTimeOffset now)
    {
        var fingerprint = Of(snapshot.Representations);
        var exactly = ContentFingerprint.ExactlyOf(snapshot.Representations);
        Add(new Entry(clip, fingerprint, exactly, IsForeign: false, BouncesOf(fingerprint), now));
        _newest = _entries.LastOrDefault();
        NoteSecret(snapshot.Representations, sensitivity, now);
    }

    /// <summary>Whatever is shared of it: this is what the clipboard holds now.</summary>
    public void Shown(Snapshot snapshot) =>
        _held = snapshot.IsCleared || snapshot.Concealed ? null : Of(snapshot.Representations);

    /// <summary>We emptied the clipboard.</summary>
    public void HoldsNothing() => _held = null;

    /// <summary>The clipboard has all of this already: to write it would only wake those that watch the clipboard.</summary>
    public bool Holds(ClipContent content) =>
        content.Sensitivity == Sensitivity.Normal && _held?.Covers(Of(content.Representations)) == true;

    /// <summary>
    /// Looks at a copy. <paramref name="clockNow"/> is the wall clock, for the time in a mark; <paramref name="now"/> one that
    /// nobody sets.
    /// </summary>
    public EchoVerdict Judge(Snapshot snapshot, DateTimeOffset now, DateTimeOffset clockNow)
    {
        Forget(now);
        if (
            snapshot.Origin is { } origin
            && ClipId.TryFrom(origin.Span, out var marked)
            && (clockNow - marked.CreatedAt).Duration() <= MarkMemory
        )
        {
            return EchoVerdict.Echo;
        }
        var seen = Of(snapshot.Representations);
        if (_entries.Any(entry => entry.IsForeign && seen.Says(entry.Fingerprint)))
        {
            _bridgeSeen = now;
            return EchoVerdict.Echo;
        }
        if (_newest is { } newest && now - newest.At <= Memory && seen.Says(newest.Fingerprint))
        {
            if (newest.Exactly != ContentFingerprint.ExactlyOf(snapshot.Representations))
            {
                _bridgeSeen = now;
            }
            return EchoVerdict.Same;
        }
        if (_bridgeSeen is not null && Resembling(seen).Any())
        {
            return EchoVerdict.Echo;
        }
        if (BouncesOf(seen) >= MostBounces)
        {
            _bridgeSeen = now;
            return EchoVerdict.Bounce;
        }
        return EchoVerdict.Copy;
    }

    /// <summary>What is too old to matter goes, and with it the content it was made of.</summary>
    public void Forget(DateTimeOffset now)
    {
        while (_entries.TryPeek(out var oldest) && now - oldest.At > Memory)
        {
            oldest.Fingerprint.LetGo();
            _entries.Dequeue();
        }
        if (_entries.Count == 0)
        {
            _held?.LetGo();
        }
        while (_secrets.TryPeek(out var secret) && now - secret.At > BridgeMemory)
        {
            _secrets.Dequeue();
        }
        if (_bridgeSeen is { } seen && now - seen > BridgeMemory)
        {
            _bridgeSeen = null;
        }
    }

    /// <summary>
    /// It says what was a secret a while ago: a clipboard manager that drops the mark and the hint brings it back as plain text.
    /// </summary>
    public bool IsSecret(IReadOnlyList<ContentRepresentation> content, DateTimeOffset now)
    {
        Forget(now);
        if (_secrets.Count == 0)
        {
            return false;
        }
        var seen = Of(content);
        return _secrets.Any(secret => seen.Says(secret.Fingerprint));
    }

    private void NoteSecret(IReadOnlyList<ContentRepresentation> content, Sensitivity sensitivity, DateTimeOffset now)
    {
        if (sensitivity == Sensitivity.Secret)
        {
            // One of its own, since it is let go at once.
            var fingerprint = _fingerprint(content);
            fingerprint.LetGo();
            _secrets.Enqueue((fingerprint, now));
            if (_secrets.Count > MostSecrets)
            {
                _secrets.Dequeue();
            }
        }
    }

    /// <summary>One content is looked at several times on its way, and hashed once: for as long as it is somebody's.</summary>
    private ContentFingerprint Of(IReadOnlyList<ContentRepresentation> content) =>
        _known.GetValue(content, one => _fingerprint(one));

    private IEnumerable<Entry> Resembling(ContentFingerprint fingerprint) =>
        _entries.Where(entry => fingerprint.Resembles(entry.Fingerprint));

    /// <summary>Once more than what it resembles; a person who copies the very same again has not bounced anything.</summary>
    private int BouncesOf(ContentFingerprint copied) =>
        Resembling(copied)
            .Select(entry => entry.Bounces + (entry.IsForeign || !copied.Says(entry.Fingerprint) ? 1 : 0))
            .DefaultIfEmpty()
            .Max();

    private void Add(Entry entry)
    {
        _entries.Enqueue(entry);
        if (_entries.Count > capacity)
        {
            _entries.Dequeue();
        }
        // The newest are what comes back; of older pictures in a burst the bytes alone are compared.
        long held = 0;
        foreach (var one in _entries.Reverse())
        {
            held += one.Fingerprint.Held;
            if (held > MostHeld)
            {
                one.Fingerprint.LetGo();
            }
        }
    }

    /// <param name="Exactly">Of a copy made here: its very bytes.</param>
    /// <param name="IsForeign">It came from a peer.</param>
    /// <param name="Bounces">How often content like this was copied here before, and came back in other words.</param>
    private sealed record Entry(
        ClipId Clip,
        ContentFingerprint Fingerprint,
        string? Exactly,
        bool IsForeign,
        int Bounces,
        DateTimeOffset At
    );
}

public enum EchoVerdict
{
    /// <summary>A person's copy.</summary>
    Copy,

    /// <summary>It came from a peer.</summary>
    Echo,

    /// <summary>It is what all devices have already.</summary>
    Same,

    /// <summary>It came round for the third time: something carries it about and changes it on the way.</summary>
    Bounce,
}
