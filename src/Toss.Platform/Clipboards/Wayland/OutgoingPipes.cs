using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Wayland;

/// <summary>The answers under way, each on its own: a reader that stalls or vanishes costs its own only.</summary>
/// <param name="wake">Ends the wait of the clipboard's thread, from any thread.</param>
internal sealed class OutgoingPipes(ClipboardTiming timing, Action wake) : IDisposable
{
    /// <summary>More programs do not paste at once. Of more, the one that has stood still longest gives way.</summary>
    public const int Capacity = 64;

    private readonly List<OutgoingPipe> _running = [];

    public TimeSpan? Deadline => _running.Count == 0 ? null : _running.Min(pipe => pipe.Deadline);

    public int Count => _running.Count;

    /// <summary>Takes the descriptor over, and writes what it takes at once.</summary>
    public void Begin(int descriptor, ServedContent content)
    {
        var pipe = content.Promise is { } promise
            ? new OutgoingPipe(descriptor, new PromiseReading(promise, program: null, wake))
            : new OutgoingPipe(descriptor, content.Bytes);
        pipe.Deadline = timing.Now + timing.Reader;
        if (!LibcSockets.TrySetNonBlocking(descriptor))
        {
            pipe.Dispose();
            return;
        }
        if (_running.Count == Capacity)
        {
            End(_running.MinBy(one => one.Deadline)!);
        }
        _running.Add(pipe);
        Write(pipe);
    }

    /// <summary>What to wait for.</summary>
    public void Describe(Span<Libc.PollDescriptor> polled)
    {
        for (var i = 0; i < _running.Count; i++)
        {
            // Without events a poll tells only of a reader that is gone.
            var events = _running[i].IsWaiting ? (short)0 : Libc.PollOut;
            polled[i] = new() { Descriptor = _running[i].Descriptor, Events = events };
        }
    }

    /// <summary>After the wait, over the same places; ended ones leave.</summary>
    public void Handle(ReadOnlySpan<Libc.PollDescriptor> polled)
    {
        for (var i = _running.Count - 1; i >= 0; i--)
        {
            if (_running[i].IsWaiting && polled[i].Returned != 0)
            {
                End(_running[i]);
            }
            else if (_running[i].IsWaiting || polled[i].Returned != 0)
            {
                Write(_running[i]);
            }
        }
    }

    public void HandleTimeout()
    {
        if (_running.Count == 0)
        {
            return;
        }
        var now = timing.Now;
        foreach (var pipe in _running.Where(pipe => now >= pipe.Deadline).ToList())
        {
            End(pipe);
        }
    }

    public void Dispose()
    {
        _running.ForEach(pipe => pipe.Dispose());
        _running.Clear();
    }

    private void Write(OutgoingPipe pipe)
    {
        var wasWaiting = pipe.IsWaiting;
        if (pipe.Write())
        {
            pipe.Deadline = timing.Now + timing.Reader;
        }
        else if (pipe.IsWaiting && !wasWaiting)
        {
            pipe.Deadline = timing.Now + timing.Promise;
        }
        if (pipe.IsDone)
        {
            End(pipe);
        }
    }

    private void End(OutgoingPipe pipe)
    {
        _running.Remove(pipe);
        pipe.Dispose();
    }
}
