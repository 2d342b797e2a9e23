using System.Net.Sockets;
using Toss.Platform.Clipboards.Wayland;
using Toss.Platform.Native;

namespace Toss.Testing.Platform.Wayland;

/// <summary>One program's connection to the fake compositor. Everything but <see cref="Run"/> is called under its guard.</summary>
internal sealed class FakeConnection(FakeCompositor compositor, Socket socket)
{
    private readonly Dictionary<uint, string> _kinds = new() { [WaylandProtocol.Display] = "wl_display" };
    private readonly Dictionary<uint, List<string>> _sources = [];
    private readonly HashSet<uint> _used = [];
    private readonly Dictionary<uint, FakeSelection> _offers = [];
    private readonly Queue<int> _descriptors = new();
    private bool _closed;
    private uint _registry;
    private uint _device;
    private uint _seat;
    private uint _nextOffer = WaylandProtocol.FirstServerId;
    private uint _highest = WaylandProtocol.Display;

    private int Descriptor => (int)socket.Handle;

    /// <summary>Offers that were announced and not destroyed.</summary>
    public int LiveOffers => _offers.Count;

    public int LiveSources => _sources.Count;

    public IEnumerable<uint> Sources => _sources.Keys;

    /// <summary>The greatest id that the program gave an object.</summary>
    public uint HighestId => _highest;

    public uint Device => _device;

    /// <summary>Reads requests until the connection ends.</summary>
    public void Run()
    {
        var buffer = new byte[256 * 1024];
        var have = 0;
        while (true)
        {
            nint received;
            try
            {
                received = LibcSockets.Receive(Descriptor, buffer.AsSpan(have), _descriptors, out _);
            }
            catch (ObjectDisposedException)
            {
                break;
            }
            if (received <= 0)
            {
                break;
            }
            have += (int)received;
            var at = 0;
            while (have - at >= WaylandProtocol.HeaderSize)
            {
                var word = BitConverter.ToUInt32(buffer, at + 4);
                var size = (int)(word >> 16);
                if (have - at < size)
                {
                    break;
                }
                var target = BitConverter.ToUInt32(buffer, at);
                lock (compositor.Guard)
                {
                    Handle(target, (ushort)word, buffer[(at + WaylandProtocol.HeaderSize)..(at + size)]);
                }
                at += size;
            }
            buffer.AsSpan(at, have - at).CopyTo(buffer);
            have -= at;
        }
        compositor.Left(this);
        Close();
        socket.Dispose();
        while (_descriptors.TryDequeue(out var descriptor))
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>Ends the connection; the reading thread closes the socket.</summary>
    public void Close()
    {
        _closed = true;
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // It ended before.
        }
    }

    public void Event(
        uint target,
        ushort opcode,
        Func<WaylandRequest, WaylandRequest> arguments,
        int descriptor = -1
    ) => Raw(arguments(new WaylandRequest(target, opcode)).ToBytes(), descriptor);

    /// <summary>Bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> bytes, int descriptor = -1)
    {
        while (bytes.Length > 0)
        {
            nint sent;
            try
            {
                sent = LibcSockets.Send(Descriptor, bytes, descriptor);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            if (sent <= 0)
            {
                return;
            }
            bytes = bytes[(int)sent..];
            descriptor = -1;
        }
    }

    public void Global(uint name, string type, uint version)
    {
        if (_registry != 0)
        {
            Event(_registry, WaylandProtocol.RegistryGlobal, request => request.Add(name).Add(type).Add(version));
        }
    }

    public void RemoveSeat(uint name, bool withFinished)
    {
        if (_seat == name && _device != 0)
        {
            if (withFinished)
            {
                Event(_device, WaylandProtocol.DeviceFinished, request => request);
            }
            _seat = 0;
        }
        Event(_registry, WaylandProtocol.RegistryGlobalRemove, request => request.Add(name));
    }

    /// <summary>Announces a selection; null empties it.</summary>
    public void Offer(FakeSelection? selection, bool primary)
    {
        if (_device == 0 || _seat == 0)
        {
            return;
        }
        var select = primary ? WaylandProtocol.DevicePrimarySelection : WaylandProtocol.DeviceSelection;
        if (selection is null)
        {
            Event(_device, select, request => request.Add(0));
            return;
        }
        var offer = Announce(selection);
        Event(_device, select, request => request.Add(offer));
    }

    /// <summary>data_offer and its types, without saying what it is the offer of.</summary>
    public uint Announce(FakeSelection selection)
    {
        var offer = _nextOffer++;
        _offers[offer] = selection;
        Event(_device, WaylandProtocol.DeviceDataOffer, request => request.Add(offer));
        foreach (var type in selection.Types)
        {
            Event(offer, WaylandProtocol.OfferOffer, request => request.Add(type));
        }
        return offer;
    }

    /// <summary>An offer that a test announces by itself.</summary>
    public void Adopt(uint offer) => _offers[offer] = new([], [], null, 0);

    private void Handle(uint target, ushort opcode, byte[] arguments)
    {
        if (_closed)
        {
            return;
        }
        var kind = target >= WaylandProtocol.FirstServerId ? "offer" : _kinds.GetValueOrDefault(target, "nothing");
        if (compositor.Intercept?.Invoke(this, new(kind, target, opcode, arguments)) == true)
        {
            return;
        }
        var request = new WaylandEvent(target, opcode, arguments);
        switch (kind)
        {
            case "wl_display" when opcode == WaylandProtocol.DisplaySync:
                request.TryUInt(out var callback);
                Make(callback, "callback");
                Event(callback, WaylandProtocol.CallbackDone, done => done.Add(0));
                Unmake(callback);
                break;
            case "wl_display":
                request.TryUInt(out _registry);
                Make(_registry, "registry");
                uint name = 1;
                compositor.Managers.ForEach(manager => Global(name++, manager.Interface, manager.Version));
                Global(name, "wl_output", 3);
                foreach (var seat in compositor.Seats)
                {
                    Global(seat, WaylandProtocol.Seat, 1);
                }
                break;
            case "registry":
                Bind(request);
                break;
            case "manager" when opcode == WaylandProtocol.ManagerCreateSource:
                request.TryUInt(out var source);
                Make(source, "source");
                _sources[source] = [];
                break;
            case "manager":
                request.TryUInt(out _device);
                request.TryUInt(out var of);
                Make(_device, "device");
                _seat = uint.Parse(_kinds[of].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
                Offer(compositor.Selection, primary: false);
                break;
            case "device" when opcode == WaylandProtocol.DeviceSetSelection:
                request.TryUInt(out var selected);
                SetSelection(selected);
                break;
            case "device" when opcode == WaylandProtocol.DeviceDestroy:
                if (target == _device)
                {
                    _device = 0;
                }
                Unmake(target);
                break;
            case "device":
                compositor.PrimaryRequests++;
                break;
            case "source" when opcode == WaylandProtocol.SourceOffer:
                request.TryString(out var type);
                Check(!_used.Contains(target), "offer after set_selection");
                _sources[target].Add(type);
                break;
            case "source":
                _sources.Remove(target);
                _used.Remove(target);
                if (compositor.Selection is { } current && current.Owner == this && current.Source == target)
                {
                    compositor.Select(null);
                }
                Unmake(target);
                break;
            case "offer" when opcode == WaylandProtocol.OfferDestroy:
                Check(_offers.Remove(target), "an offer is destroyed that is none");
                break;
            case "offer":
                Receive(target, request);
                break;
            default:
                Check(false, $"a request for {kind}");
                break;
        }
    }

    private void Bind(WaylandEvent request)
    {
        request.TryUInt(out var name);
        request.TryString(out var type);
        request.TryUInt(out var version);
        request.TryUInt(out var id);
        var manager = compositor.Managers.Find(one => one.Interface == type);
        Check(type == WaylandProtocol.Seat || version <= manager.Version, $"version {version} of {type}");
        Make(id, type == WaylandProtocol.Seat ? $"seat {name}" : "manager");
    }

    private void SetSelection(uint source)
    {
        if (source != 0)
        {
            Check(_used.Add(source), "used_source");
        }
        compositor.Select(source == 0 ? null : new(_sources[source], [], this, source));
    }

    private void Receive(uint offer, WaylandEvent request)
    {
        if (!request.TryString(out var type) || !_descriptors.TryDequeue(out var descriptor))
        {
            Check(false, "receive without a type or a descriptor");
            return;
        }
        if (!_offers.TryGetValue(offer, out var selection) || compositor.Serve?.Invoke(type, descriptor) == true)
        {
            if (selection is null)
            {
                _ = Libc.Close(descriptor);
            }
            return;
        }
        if (selection.Owner is { } owner)
        {
            owner.Event(selection.Source, WaylandProtocol.SourceSend, send => send.Add(type), descriptor);
            _ = Libc.Close(descriptor);
            return;
        }
        var bytes = selection.Content.GetValueOrDefault(type, []);
        _ = Task.Run(() => Write(descriptor, bytes));
    }

    public static void Write(int descriptor, byte[] bytes)
    {
        using var pipe = new FileStream(
            new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, true),
            FileAccess.Write,
            0
        );
        try
        {
            pipe.Write(bytes);
        }
        catch (IOException)
        {
            // The reader has enough.
        }
    }

    /// <summary>As libwayland: a new id is the lowest that was never used, or one that is free again.</summary>
    private void Make(uint id, string kind)
    {
        Check(id <= _highest + 1 && _kinds.TryAdd(id, kind), $"the id {id} for a {kind}");
        _highest = Math.Max(_highest, id);
    }

    private void Unmake(uint id)
    {
        _kinds.Remove(id);
        Event(WaylandProtocol.Display, WaylandProtocol.DisplayDeleteId, request => request.Add(id));
    }

    private void Check(bool holds, string complaint)
    {
        if (!holds)
        {
            compositor.Complaints.Add(complaint);
        }
    }
}
