using System.Net.Sockets;
using Toss.Platform.Clipboards.Wayland;
using Toss.Platform.Native;

namespace Toss.Testing.Platform.Wayland;

/// <summary>
/// A Wayland compositor with seats and data-control and nothing else, and its user, who copies and pastes. As strict as
/// libwayland about ids, and as the protocol about sources. Hostile where a test makes it so.
/// </summary>
internal sealed class FakeCompositor : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<FakeConnection> _connections = [];
    private readonly List<uint> _seats = [];
    private readonly List<Task> _threads = [];
    private Socket? _listener;
    private uint _nextName = 10;

    public FakeCompositor(int seats = 1)
    {
        Path = _folder["wayland-7"];
        for (var i = 0; i < seats; i++)
        {
            _seats.Add(_nextName++);
        }
    }

    public Lock Guard { get; } = new();

    public string Path { get; }

    /// <summary>The globals beside the seats: name in the registry, interface, version.</summary>
    public List<(string Interface, uint Version)> Managers { get; } = [(WaylandProtocol.ExtManager, 1)];

    /// <summary>Called with each request before it is dealt with; true if that was all there is to do.</summary>
    public Func<FakeConnection, FakeRequest, bool>? Intercept { get; set; }

    /// <summary>Called when somebody wants what the user copied; true if the callee takes the descriptor over.</summary>
    public Func<string, int, bool>? Serve { get; set; }

    /// <summary>What breaks the protocol's rules, in the order it came.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Requests that concern the primary selection, its offers' destruction apart.</summary>
    public int PrimaryRequests { get; set; }

    public IReadOnlyList<uint> Seats => _seats;

    /// <summary>What is on the first seat's selection.</summary>
    public FakeSelection? Selection { get; private set; }

    public static FakeCompositor Start(int seats = 1)
    {
        var compositor = new FakeCompositor(seats);
        compositor.Listen();
        return compositor;
    }

    public void Listen()
    {
        File.Delete(Path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path));
        listener.Listen();
        _listener = listener;
        _threads.Add(Task.Factory.StartNew(() => Accept(listener), TaskCreationOptions.LongRunning));
    }

    /// <summary>As if it had crashed: connections and selection are gone. <see cref="Listen"/> starts it again.</summary>
    public void Crash()
    {
        _listener?.Dispose();
        _listener = null;
        lock (Guard)
        {
            Selection = null;
            _connections.ForEach(connection => connection.Close());
            _connections.Clear();
        }
    }

    /// <summary>The user copies in another program.</summary>
    public void Copy(params (string Type, byte[] Bytes)[] content)
    {
        lock (Guard)
        {
            Select(
                new FakeSelection(
                    [.. content.Select(one => one.Type)],
                    content.ToDictionary(one => one.Type, one => one.Bytes),
                    null,
                    0
                )
            );
        }
    }

    /// <summary>The program that copied ends.</summary>
    public void Clear()
    {
        lock (Guard)
        {
            Select(null);
        }
    }

    /// <summary>The user selects with the mouse.</summary>
    public void CopyPrimary(string type)
    {
        lock (Guard)
        {
            foreach (var connection in _connections)
            {
                connection.Offer(new FakeSelection([type], [], null, 0), primary: true);
            }
        }
    }

    /// <summary>The user pastes: what the selection's owner writes.</summary>
    public async Task<byte[]> PasteAsync(string type)
    {
        await using var pipe = BeginPaste(type);
        var content = new MemoryStream();
        await Watchdog.Within(pipe.CopyToAsync(content), $"{type} to be written");
        return content.ToArray();
    }

    /// <summary>The end to read from. The owner has been asked.</summary>
    public FileStream BeginPaste(string type)
    {
        Xunit.Assert.True(LibcSockets.TryPipe(out var read, out var write));
        lock (Guard)
        {
            Xunit.Assert.NotNull(Selection?.Owner);
            Selection.Owner.Event(Selection.Source, WaylandProtocol.SourceSend, request => request.Add(type), write);
        }
        _ = Libc.Close(write);
        return new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(read, true), FileAccess.Read, 0);
    }

    public uint AddSeat()
    {
        lock (Guard)
        {
            var name = _nextName++;
            _seats.Add(name);
            _connections.ForEach(connection => connection.Global(name, WaylandProtocol.Seat, 1));
            return name;
        }
    }

    /// <summary>A seat goes, its selection with it.</summary>
    public void RemoveSeat(uint name, bool withFinished)
    {
        lock (Guard)
        {
            _seats.Remove(name);
            Selection = null;
            _connections.ForEach(connection => connection.RemoveSeat(name, withFinished));
        }
    }

    /// <summary>Whoever is connected, once somebody is.</summary>
    public async Task<FakeConnection> ConnectionAsync()
    {
        FakeConnection? found = null;
        await Programs.Eventually.HoldsAsync(
            "a program to connect to the compositor",
            () =>
            {
                lock (Guard)
                {
                    found = _connections.LastOrDefault();
                }
                return Task.FromResult(found is not null);
            }
        );
        return found!;
    }

    /// <summary>Held by <see cref="Guard"/>. Former owners hear first, as from wlroots.</summary>
    public void Select(FakeSelection? selection)
    {
        if (
            Selection is { Owner: { } former } old
            && (selection is null || old.Source != selection.Source || former != selection.Owner)
        )
        {
            former.Event(old.Source, WaylandProtocol.SourceCancelled, request => request);
        }
        Selection = selection;
        _connections.ForEach(connection => connection.Offer(selection, primary: false));
    }

    public void Left(FakeConnection connection)
    {
        lock (Guard)
        {
            if (_connections.Remove(connection) && Selection?.Owner == connection)
            {
                Selection = null;
                Select(null);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Crash();
        Task[] threads;
        lock (Guard)
        {
            threads = [.. _threads];
        }
        await Watchdog.Within(Task.WhenAll(threads), "the compositor's threads to end");
        _folder.Dispose();
        Xunit.Assert.Empty(Complaints);
    }

    private void Accept(Socket listener)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = listener.Accept();
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }
            lock (Guard)
            {
                if (_listener != listener)
                {
                    socket.Dispose();
                    return;
                }
                var connection = new FakeConnection(this, socket);
                _connections.Add(connection);
                _threads.Add(Task.Factory.StartNew(connection.Run, TaskCreationOptions.LongRunning));
            }
        }
    }
}

/// <summary>What is on the selection: a program's source, or, without owner, the user's copy.</summary>
internal sealed record FakeSelection(
    IReadOnlyList<string> Types,
    Dictionary<string, byte[]> Content,
    FakeConnection? Owner,
    uint Source
);

/// <summary>One request as it came. The kind is that of the object it is for: `wl_display`, `offer` and so on.</summary>
internal sealed record FakeRequest(string Kind, uint Target, ushort Opcode, byte[] Arguments);
