using Toss.Quic.Connections;

namespace Toss.Quic;

// What other threads have the loop do.
public sealed partial class QuicConnection
{
    private sealed class Opening(QuicConnection connection, bool unidirectional) : IPosted
    {
        public Waiter<QuicStream> Waiter { get; } = new();

        public bool Unidirectional { get; } = unidirectional;

        public void Run(Instant now)
        {
            if (connection._end is { } end)
            {
                Waiter.TryFail(end);
                return;
            }
            connection._openings.Enqueue(this);
            connection.Open();
            connection.Touch();
        }
    }

    private sealed class Sending(QuicConnection connection, byte[] datagram, Waiter<bool>? waiter) : IPosted
    {
        public void Run(Instant now)
        {
            Interlocked.Decrement(ref connection._datagramsPosted);
            if (waiter is not null && !waiter.TryClaim())
            {
                return;
            }
            if (connection._end is { } end)
            {
                waiter?.Fail(end);
                return;
            }
            var taken = connection._core.TrySendDatagram(datagram);
            waiter?.Give(taken);
            connection.Touch();
        }
    }

    /// <summary>Whether a path works, and perhaps a move to there.</summary>
    private sealed class Asking(QuicConnection connection, NetworkPath path, bool migrates) : IPosted
    {
        public Waiter<bool> Waiter { get; } = new();

        public NetworkPath Path { get; } = path;

        public bool IsAsked { get; private set; }

        public void Run(Instant now)
        {
            if (connection._end is { } end)
            {
                Waiter.TryFail(end);
                return;
            }
            connection._askings.Add(this);
            connection.Ask(now);
        }

        public void Ask(Connection core, Instant now)
        {
            IsAsked = true;
            if (Waiter.IsClaimed)
            {
                return;
            }
            var isAsked = migrates ? core.TryMigrate(Path, now) : core.TryProbe(Path, now);
            if ((!isAsked || core.IsValidated(Path)) && Waiter.TryClaim())
            {
                Waiter.Give(isAsked);
            }
        }
    }

    private sealed class KeyUpdate(QuicConnection connection) : IPosted
    {
        public void Run(Instant now)
        {
            if (connection._end is null)
            {
                connection._core.UpdateKeys();
                connection.Touch();
            }
        }
    }

    private sealed class Closing(QuicConnection connection, long code, string reason) : IPosted
    {
        public void Run(Instant now) => connection.CloseNow(code, reason, now);
    }
}
