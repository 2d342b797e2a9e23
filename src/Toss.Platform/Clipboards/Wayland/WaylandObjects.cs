namespace Toss.Platform.Clipboards.Wayland;

/// <summary>
/// The objects we made on one connection, by id, and what they are. An object we destroyed keeps its place until the
/// compositor says that it knows it no more: events that were on their way are told apart by it.
/// </summary>
internal sealed class WaylandObjects(WaylandConnection connection)
{
    private readonly Dictionary<uint, (WaylandRole Role, bool Gone)> _objects = [];
    private readonly Dictionary<uint, Action> _callbacks = [];

    public uint Create(WaylandRole role)
    {
        var id = connection.TakeId();
        _objects[id] = (role, false);
        return id;
    }

    /// <summary>What an id is, destroyed or not; null if we made no such object.</summary>
    public WaylandRole? RoleOf(uint id) => _objects.TryGetValue(id, out var known) ? known.Role : null;

    /// <summary>We said, or the protocol says, that the object is destroyed.</summary>
    public void Destroyed(uint id)
    {
        if (_objects.TryGetValue(id, out var known))
        {
            _objects[id] = known with { Gone = true };
        }
    }

    /// <summary>Calls back once the compositor has dealt with everything sent so far (wl_display.sync).</summary>
    public void Sync(Action done)
    {
        var id = Create(WaylandRole.Callback);
        _callbacks[id] = done;
        connection.Send(new WaylandRequest(WaylandProtocol.Display, WaylandProtocol.DisplaySync).Add(id));
    }

    /// <summary>Events of the display and of callbacks.</summary>
    public void Handle(ref WaylandEvent received)
    {
        if (received.Target == WaylandProtocol.Display)
        {
            HandleDisplay(ref received);
        }
        else if (received.Opcode == WaylandProtocol.CallbackDone && _callbacks.Remove(received.Target, out var done))
        {
            Destroyed(received.Target);
            done();
        }
    }

    private void HandleDisplay(ref WaylandEvent received)
    {
        switch (received.Opcode)
        {
            case WaylandProtocol.DisplayError:
                // Fatal by the protocol. The words may name content types; they are not for logs.
                _ = received.TryUInt(out _) && received.TryUInt(out _);
                connection.Fail(received.TryString(out var why) ? why : "An error without words.");
                break;
            case WaylandProtocol.DisplayDeleteId
                when received.TryUInt(out var id) && _objects.TryGetValue(id, out var known) && known.Gone:
                _objects.Remove(id);
                connection.ReturnId(id);
                break;
        }
    }
}

internal enum WaylandRole
{
    Registry,
    Callback,
    Seat,
    Manager,
    Device,
    Source,
}
