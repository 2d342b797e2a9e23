namespace Toss.Platform.Clipboards.Wayland;

/// <summary>
/// The selection of one seat, as data-control shows it: offers are announced, then one of them becomes the selection. The
/// primary selection's are destroyed at once and never read.
/// </summary>
internal sealed class WaylandDevice(WaylandConnection connection, WaylandObjects objects, uint id, uint seat)
{
    /// <summary>Announced, and not yet said whose: each is followed at once by the selection it belongs to.</summary>
    private const int MostAnnounced = 8;

    private readonly List<WaylandOffer> _announced = [];

    public uint Id => id;

    /// <summary>The seat's name in the registry.</summary>
    public uint Seat => seat;

    public WaylandOffer? Selection { get; private set; }

    /// <summary>The compositor says that this seat is no more.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>True once the selection that was there at first is known.</summary>
    public bool IsSettled { get; set; }

    /// <summary>Events of the device; true if the selection is another one now.</summary>
    public bool Handle(ref WaylandEvent received)
    {
        if (received.Opcode == WaylandProtocol.DeviceFinished)
        {
            IsFinished = true;
            return false;
        }
        if (!received.TryUInt(out var offer))
        {
            connection.Fail("An event of a device without its offer.");
            return false;
        }
        switch (received.Opcode)
        {
            case WaylandProtocol.DeviceDataOffer:
                Announce(offer);
                return false;
            case WaylandProtocol.DeviceSelection:
                return Select(offer);
            case WaylandProtocol.DevicePrimarySelection:
                if (Take(offer) is { } primary)
                {
                    Destroy(primary);
                }
                return false;
            default:
                return false;
        }
    }

    /// <summary>Events of offers; those of offers that we destroyed say nothing.</summary>
    public void HandleOffer(ref WaylandEvent received)
    {
        if (received.Opcode == WaylandProtocol.OfferOffer && Find(received.Target) is { } offer)
        {
            if (received.TryString(out var type))
            {
                offer.Add(type);
            }
            else
            {
                connection.Fail("An offer without a type.");
            }
        }
    }

    /// <summary>Nothing of this device is of use any more.</summary>
    public void Destroy()
    {
        foreach (var offer in _announced)
        {
            Destroy(offer);
        }
        _announced.Clear();
        Replace(null);
        connection.Send(new WaylandRequest(id, WaylandProtocol.DeviceDestroy));
        objects.Destroyed(id);
    }

    private void Announce(uint offer)
    {
        if (offer < WaylandProtocol.FirstServerId || Find(offer) is not null)
        {
            connection.Fail("An offer under an id that it may not have.");
            return;
        }
        if (_announced.Count == MostAnnounced)
        {
            Destroy(_announced[0]);
            _announced.RemoveAt(0);
        }
        _announced.Add(new(offer));
    }

    private bool Select(uint offer)
    {
        if (offer == 0)
        {
            Replace(null);
            return true;
        }
        if (Take(offer) is not { } selected)
        {
            connection.Fail("A selection that was not announced.");
            return false;
        }
        Replace(selected);
        return true;
    }

    private WaylandOffer? Find(uint offer) =>
        Selection?.Id == offer ? Selection : _announced.Find(one => one.Id == offer);

    private WaylandOffer? Take(uint offer)
    {
        var found = _announced.Find(one => one.Id == offer);
        if (found is not null)
        {
            _announced.Remove(found);
        }
        return found;
    }

    private void Replace(WaylandOffer? selection)
    {
        if (Selection is { } old)
        {
            Destroy(old);
        }
        Selection = selection;
    }

    private void Destroy(WaylandOffer offer) =>
        connection.Send(new WaylandRequest(offer.Id, WaylandProtocol.OfferDestroy));
}
