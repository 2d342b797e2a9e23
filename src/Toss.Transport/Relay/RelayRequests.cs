using Toss.Wire;

namespace Toss.Transport.Relay;

/// <summary>The requests of one <see cref="RelaySession"/>: numbers them, remembers which wait, measures the answers.</summary>
internal sealed class RelayRequests
{
    /// <summary>Weight of the newest sample, as in RFC 6298 §2.</summary>
    private const double Gain = 1.0 / 8;

    private readonly Dictionary<ulong, Waiting> _waiting = [];
    private ulong _last;

    public int Outstanding => _waiting.Count;

    public int BlobsUnderWay { get; private set; }

    public TimeSpan? RoundTrip { get; private set; }

    public ulong Next(RelayFrame frame)
    {
        frame.Request = ++_last;
        _waiting.Add(frame.Request, new Waiting(frame.FrameCase, null));
        return frame.Request;
    }

    public void Sent(RelayFrame frame, DateTimeOffset now)
    {
        if (frame.Request != 0)
        {
            _waiting[frame.Request] = new Waiting(frame.FrameCase, now);
            BlobsUnderWay += IsBlob(frame.FrameCase) ? 1 : 0;
        }
    }

    public bool TryAnswer(ulong request, DateTimeOffset now, out RelayFrame.FrameOneofCase kind)
    {
        kind = RelayFrame.FrameOneofCase.None;
        // What was not sent cannot be answered.
        if (!_waiting.TryGetValue(request, out var waiting) || waiting.SentAt is not { } sent)
        {
            return false;
        }
        _waiting.Remove(request);
        kind = waiting.Kind;
        if (IsBlob(kind))
        {
            BlobsUnderWay--;
        }
        else
        {
            var sample = now > sent ? now - sent : TimeSpan.Zero;
            RoundTrip = RoundTrip is { } smooth ? smooth + (sample - smooth) * Gain : sample;
        }
        return true;
    }

    private static bool IsBlob(RelayFrame.FrameOneofCase kind) =>
        kind is RelayFrame.FrameOneofCase.BlobPut or RelayFrame.FrameOneofCase.BlobGet;

    private readonly record struct Waiting(RelayFrame.FrameOneofCase Kind, DateTimeOffset? SentAt);
}
