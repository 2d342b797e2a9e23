using Toss.Transport.Links;

namespace Toss.Net.Links;

/// <content>How it is doubted, and how it makes room for a better one.</content>
internal sealed partial class Link
{
    /// <summary>
    /// What is outstanding is asked for again within this (RFC 9002 §6.2); a path on which not even that is answered leads
    /// nowhere. The idle time-out would take five times as long to say so.
    /// </summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(4);

    /// <summary>
    /// The same where there is reason to doubt, the network or the hour being another: a peer that is there acknowledges within
    /// a round trip, and what is asked once too often costs a handshake.
    /// </summary>
    private static readonly TimeSpan s_checkWithin = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A large blob over a slow way takes minutes, and should not have to begin anew because of a better one. Who is still not done
    /// then finds what is left there.
    /// </summary>
    private static readonly TimeSpan s_leaveWithin = TimeSpan.FromMinutes(5);

    private Task _doubting = Task.CompletedTask;
    private bool _wasSilent;
    private int _fetching;

    /// <summary>The network may be another: if the peer is not heard on this link soon, it is over.</summary>
    public void Check()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }
            _session.Repeat();
        }
        _wake.Ring();
        Doubt(s_checkWithin);
    }

    /// <summary>
    /// Another link has taken its place: nothing new is begun on it, and it ends when nothing is under way any more. At first it
    /// is waited for what is on its way here and is not known of yet.
    /// </summary>
    public async Task LeaveAsync()
    {
        try
        {
            var end = context.Clock.Now + s_leaveWithin;
            do
            {
                await Task.Delay(s_patience, context.Time, _stop.Token);
            } while (IsBusy && context.Clock.Now < end);
        }
        catch (Exception failure) when (failure is OperationCanceledException or ObjectDisposedException)
        {
            // It ended otherwise.
        }
        await CloseAsync(LinkError.Superseded);
    }

    private async ValueTask<T> WhileBusyAsync<T>(Func<ValueTask<T>> fetch)
    {
        Interlocked.Increment(ref _fetching);
        try
        {
            return await fetch();
        }
        finally
        {
            Interlocked.Decrement(ref _fetching);
        }
    }

    private bool IsBusy
    {
        get
        {
            lock (_gate)
            {
                return _sending.Count > 0 || Volatile.Read(ref _fetching) > 0 || _service.IsBusy;
            }
        }
    }

    /// <summary>Something was not answered. Unless the peer is heard at all, the link is over.</summary>
    private void Doubt(TimeSpan silence)
    {
        lock (_gate)
        {
            if (!_ended && _doubting.IsCompleted)
            {
                _doubting = ListenAsync(connection.Counters.DatagramsReceived, silence);
            }
        }
    }

    private async Task ListenAsync(long heard, TimeSpan silence)
    {
        try
        {
            await Task.Delay(silence, context.Time, _stop.Token);
            if (connection.Counters.DatagramsReceived == heard)
            {
                _wasSilent = true;
                await CloseAsync(LinkError.None);
            }
        }
        catch (OperationCanceledException)
        {
            // It ended otherwise.
        }
    }
}
