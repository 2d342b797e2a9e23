using System.Threading.Channels;

namespace Toss.Net.Udp;

/// <summary>
/// One thread that owns sockets and everything above them. Each turn: wait for datagrams, for room to send, for posted
/// work or for the deadline; hand in what arrived; run what was posted; finish the turn, which says the next deadline.
/// Without anything to do it does not wake at all.
/// <para><see cref="TryPost"/>, <see cref="Turns"/> and the end are for every thread; the rest is for the loop's own.</para>
/// </summary>
internal sealed class NetworkLoop : IAsyncDisposable
{
    /// <summary>Two families on a few interfaces, old ones beside new ones while the network changes.</summary>
    public const int MaxSockets = 32;

    /// <summary>Work that may wait for the loop. A caller that meets the end of it is too fast and has to say so further up.</summary>
    public const int MaxPosted = 4096;

    /// <summary>
    /// What one socket hands in before others have their turn and answers leave: two full batches, or as many datagrams as
    /// would be in one.
    /// </summary>
    private const int BytesPerTurn = 2 * 64 * 1024;

    private const int BatchesPerTurn = UdpSocket.MaxSegments;

    private readonly INetworkLoopWork _work;
    private readonly List<UdpSocket> _sockets;
    private readonly ILoopWait _wait;
    private readonly Channel<Action> _posted = Channel.CreateBounded<Action>(
        new BoundedChannelOptions(MaxPosted) { SingleReader = true }
    );
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private bool _started;
    private long _turns;
    private int _woken;
    private volatile bool _stopping;

    /// <param name="work">What it does.</param>
    /// <param name="sockets">Its first sockets; they are its own from now on, and end with it.</param>
    /// <param name="implementation">How it waits.</param>
    public NetworkLoop(
        INetworkLoopWork work,
        IEnumerable<UdpSocket> sockets,
        UdpImplementation implementation = UdpImplementation.Best
    )
    {
        _work = work;
        _sockets = [.. sockets];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_sockets.Count, MaxSockets, nameof(sockets));
        _wait =
            implementation == UdpImplementation.Best && LinuxUdpSocket.IsSupported
                ? (ILoopWait?)LinuxWait.TryCreate() ?? new PortableWait()
                : new PortableWait();
        _thread = new Thread(Run) { IsBackground = true, Name = "toss network" };
    }

    /// <summary>The sockets it waits for.</summary>
    public IReadOnlyList<UdpSocket> Sockets => _sockets;

    /// <summary>How often the wait returned.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>Starts the thread. The task ends with it, and has what the work threw. To be called once.</summary>
    public Task RunAsync()
    {
        if (Interlocked.Exchange(ref _started, true))
        {
            throw new InvalidOperationException("A loop runs once.");
        }
        _thread.Start();
        return _ended.Task;
    }

    /// <summary>
    /// Has the loop run something in its next turn. Never waits; false if too much waits already, or the loop has ended.
    /// What the loop has not begun when it ends is not run: who waits for it waits for the end, too.
    /// </summary>
    public bool TryPost(Action action)
    {
        if (!_posted.Writer.TryWrite(action))
        {
            return false;
        }
        Wake();
        return true;
    }

    /// <summary>One more socket, the loop's own from now on. On the loop's thread.</summary>
    public void Add(UdpSocket socket)
    {
        MustBeOnThread();
        if (_sockets.Count == MaxSockets)
        {
            throw new InvalidOperationException($"A loop has at most {MaxSockets} sockets.");
        }
        _sockets.Add(socket);
    }

    /// <summary>Ends a socket. On the loop's thread.</summary>
    public void Remove(UdpSocket socket)
    {
        MustBeOnThread();
        if (_sockets.Remove(socket))
        {
            socket.Dispose();
        }
    }

    /// <summary>Ends the loop after its turn, and its sockets. Throws what the work threw.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        if (!Interlocked.Exchange(ref _started, true))
        {
            End(null);
        }
        Wake();
        await _ended.Task;
    }

    private void Run()
    {
        try
        {
            var deadline = _work.FinishTurn(LoopClock.Now);
            var isMore = false;
            while (!_stopping)
            {
                _wait.Wait(_sockets, isMore ? LoopClock.Now : deadline);
                Volatile.Write(ref _turns, _turns + 1);
                HandleSockets();
                isMore = RunPosted();
                deadline = _work.FinishTurn(LoopClock.Now);
            }
            End(null);
        }
        catch (Exception exception)
        {
            // Whatever it is belongs to who awaits the loop; thrown here it would end the process.
            End(exception);
        }
    }

    private void HandleSockets()
    {
        // By number: the work may add or remove one.
        for (var i = 0; i < _sockets.Count; i++)
        {
            var socket = _sockets[i];
            if (socket.IsWritable)
            {
                socket.IsWritable = false;
                socket.IsBlocked = false;
                _work.ContinueSending(socket, LoopClock.Now);
            }
            if (socket.IsReadable)
            {
                socket.IsReadable = false;
                Receive(socket);
            }
        }
    }

    private void Receive(UdpSocket socket)
    {
        var bytes = 0;
        for (var batches = 0; batches < BatchesPerTurn && bytes < BytesPerTurn; batches++)
        {
            if (!socket.TryReceive(out var batch))
            {
                return;
            }
            if (!batch.Bytes.IsEmpty)
            {
                _work.Receive(socket, batch, LoopClock.Now);
            }
            bytes += batch.Bytes.Length;
        }
    }

    /// <summary>What was there at the beginning of the turn; what this posts has the next one. True if more is there.</summary>
    private bool RunPosted()
    {
        // First of all, so that who posts from now on wakes the next wait.
        Interlocked.Exchange(ref _woken, 0);
        for (var left = _posted.Reader.Count; left > 0 && _posted.Reader.TryRead(out var action); left--)
        {
            action();
        }
        return _posted.Reader.Count > 0;
    }

    private void Wake()
    {
        // One wake-up is enough for all that is posted before it is seen.
        if (Interlocked.Exchange(ref _woken, 1) == 0)
        {
            _wait.Wake();
        }
    }

    private void End(Exception? exception)
    {
        _posted.Writer.TryComplete();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
        _wait.Dispose();
        if (exception is null)
        {
            _ended.TrySetResult();
        }
        else
        {
            _ended.TrySetException(exception);
        }
    }

    private void MustBeOnThread()
    {
        if (Thread.CurrentThread != _thread)
        {
            throw new InvalidOperationException("Only the loop's own thread may.");
        }
    }
}
