namespace Toss.Platform.Clipboards.Wayland;

/// <summary>What the compositor offers of what a clipboard needs: a data-control manager, and seats.</summary>
internal sealed class WaylandGlobals
{
    /// <summary>One is the rule; machines for several people have a few.</summary>
    private const int MostSeats = 16;

    private readonly List<uint> _seats = [];
    private uint _registry;
    private (uint Name, uint Version)? _ext;
    private (uint Name, uint Version)? _wlr;

    public bool HasManager => _ext is not null || _wlr is not null;

    /// <summary>The seats' names in the registry, oldest first.</summary>
    public IReadOnlyList<uint> Seats => _seats;

    /// <summary>
    /// Asks for the globals and waits until all are named. False if the connection dies or the time is up before.
    /// </summary>
    public bool TryRead(
        WaylandConnection connection,
        WaylandObjects objects,
        WakeEvent wake,
        ClipboardTiming timing,
        TimeSpan patience
    )
    {
        var until = timing.Now + patience;
        var done = false;
        _registry = objects.Create(WaylandRole.Registry);
        connection.Send(new WaylandRequest(WaylandProtocol.Display, WaylandProtocol.DisplayGetRegistry).Add(_registry));
        objects.Sync(() => done = true);
        connection.Flush();
        while (!done && !connection.IsDead && timing.Now < until)
        {
            if (!connection.TryReceive())
            {
                wake.Wait(connection.Descriptor, until - timing.Now);
                continue;
            }
            while (connection.TryNextEvent(out var received))
            {
                if (received.Target == _registry)
                {
                    Handle(ref received);
                }
                else
                {
                    objects.Handle(ref received);
                }
            }
        }
        return done && !connection.IsDead;
    }

    /// <summary>Events of the registry; true if a seat came or went.</summary>
    public bool Handle(ref WaylandEvent received)
    {
        switch (received.Opcode)
        {
            case WaylandProtocol.RegistryGlobal
                when received.TryUInt(out var name)
                    && received.TryString(out var type)
                    && received.TryUInt(out var version):
                return Add(name, type, version);
            case WaylandProtocol.RegistryGlobalRemove when received.TryUInt(out var name):
                return _seats.Remove(name);
            default:
                return false;
        }
    }

    public void Forget(uint seat) => _seats.Remove(seat);

    /// <summary>Binds the manager: that of ext before that of wlroots, whose place it takes.</summary>
    public uint BindManager(WaylandConnection connection, WaylandObjects objects) =>
        _ext is { } ext
            ? Bind(connection, objects, WaylandRole.Manager, ext.Name, WaylandProtocol.ExtManager, 1)
            : Bind(
                connection,
                objects,
                WaylandRole.Manager,
                _wlr!.Value.Name,
                WaylandProtocol.WlrManager,
                Math.Min(2, _wlr.Value.Version)
            );

    public uint BindSeat(WaylandConnection connection, WaylandObjects objects, uint name) =>
        Bind(connection, objects, WaylandRole.Seat, name, WaylandProtocol.Seat, 1);

    private bool Add(uint name, string type, uint version)
    {
        switch (type)
        {
            case WaylandProtocol.ExtManager:
                _ext ??= (name, version);
                return false;
            case WaylandProtocol.WlrManager:
                _wlr ??= (name, version);
                return false;
            case WaylandProtocol.Seat when _seats.Count < MostSeats && !_seats.Contains(name):
                _seats.Add(name);
                return true;
            default:
                return false;
        }
    }

    private uint Bind(
        WaylandConnection connection,
        WaylandObjects objects,
        WaylandRole role,
        uint name,
        string type,
        uint version
    )
    {
        var id = objects.Create(role);
        connection.Send(
            new WaylandRequest(_registry, WaylandProtocol.RegistryBind).Add(name).Add(type).Add(version).Add(id)
        );
        return id;
    }
}
