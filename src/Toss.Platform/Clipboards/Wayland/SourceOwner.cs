using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;

namespace Toss.Platform.Clipboards.Wayland;

/// <summary>
/// Our side of the selection: a source per content, set once on the seat's device, asked by others through the compositor,
/// cancelled when somebody else takes over. States: idle -> acquiring (waits for the compositor) -> owning -> idle.
/// </summary>
/// <param name="mark">A type of ours alone: the compositor shows us our own offers too.</param>
/// <param name="wake">Ends the wait of the clipboard's thread, from any thread.</param>
internal sealed class SourceOwner(
    WaylandConnection connection,
    WaylandObjects objects,
    uint manager,
    string mark,
    ClipboardTiming timing,
    Action wake
) : IDisposable
{
    private readonly Dictionary<uint, Dictionary<string, ServedContent>> _sources = [];
    private readonly OutgoingPipes _pipes = new(timing, wake);
    private readonly PasteJudge _judge = new();
    private Action<ApplyOutcome>? _acquired;
    private Action? _cleared;
    private TimeSpan _end;
    private uint _source;

    /// <summary>What we own the clipboard with; null if we do not.</summary>
    public HeldContent? Held { get; private set; }

    /// <summary>What is on its way to the clipboard.</summary>
    public HeldContent? Acquiring { get; private set; }

    /// <summary>We gave the selection up, and the compositor may not have dealt with it yet.</summary>
    public bool IsClearing => _cleared is not null;

    public OutgoingPipes Pipes => _pipes;

    public TimeSpan? Deadline =>
        (Acquiring is not null || IsClearing) && (_pipes.Deadline is not { } pipes || _end < pipes)
            ? _end
            : _pipes.Deadline;

    /// <summary>Whether this offer is one that we made and still hold.</summary>
    public bool IsOurs(WaylandOffer offer) => (Held ?? Acquiring) is not null && offer.Types.Contains(mark);

    public void Begin(WaylandDevice device, HeldContent content, Action<ApplyOutcome>? acquired)
    {
        Acquiring = content;
        _acquired = acquired;
        // Programs may ask before the compositor answers us.
        _judge.Announced(timing.Now);
        _end = timing.Now + timing.Progress;
        var served = new Dictionary<string, ServedContent>(StringComparer.Ordinal);
        foreach (var (type, _, one) in TargetFormats.Offer(content.Content, content.Origin))
        {
            served[type] = one;
        }
        served[mark] = default;
        _source = objects.Create(WaylandRole.Source);
        _sources[_source] = served;
        connection.Send(new WaylandRequest(manager, WaylandProtocol.ManagerCreateSource).Add(_source));
        foreach (var type in served.Keys)
        {
            connection.Send(new WaylandRequest(_source, WaylandProtocol.SourceOffer).Add(type));
        }
        connection.Send(new WaylandRequest(device.Id, WaylandProtocol.DeviceSetSelection).Add(_source));
        var source = _source;
        objects.Sync(() => Settle(source, content));
    }

    /// <summary>
    /// Gives the selection up, with nobody after us; transfers under way go on to their end. Without its source the
    /// selection is empty; to set none would empty that of somebody who took it in the same moment.
    /// </summary>
    public void Clear(Action cleared)
    {
        _cleared = cleared;
        _end = timing.Now + timing.Progress;
        Destroy(_source);
        objects.Sync(Cleared);
    }

    /// <summary>Events of our sources, destroyed ones too.</summary>
    public void Handle(ref WaylandEvent received)
    {
        switch (received.Opcode)
        {
            case WaylandProtocol.SourceSend:
                if (!received.TryString(out var type) || !connection.TryTakeDescriptor(out var descriptor))
                {
                    connection.Fail("A request for content without a type or a descriptor.");
                    return;
                }
                var known = _sources.TryGetValue(received.Target, out var served);
                // What we do not have is an empty answer: the protocol has no other refusal.
                _pipes.Begin(descriptor, known ? Allowed(served!.GetValueOrDefault(type)) : default);
                break;
            case WaylandProtocol.SourceCancelled:
                Destroy(received.Target);
                break;
        }
    }

    public void HandleTimeout()
    {
        _pipes.HandleTimeout();
        if ((Acquiring is not null || IsClearing) && timing.Now >= _end)
        {
            connection.Fail("It does not answer.");
        }
    }

    /// <summary>The seat is gone, and our selection with it; what it was, if we had one.</summary>
    public HeldContent? Release()
    {
        var content = Acquiring ?? Held;
        foreach (var source in _sources.Keys.ToList())
        {
            Destroy(source);
        }
        Acquiring = null;
        Acquired(ApplyOutcome.Deferred);
        Cleared();
        return content;
    }

    /// <summary>The display is gone: what was being taken is left to the next connection.</summary>
    public void Dispose()
    {
        Acquiring = null;
        Acquired(ApplyOutcome.Deferred);
        Cleared();
        _pipes.Dispose();
    }

    /// <summary>Nobody says who asks; a program that nobody told to gets nothing of what is not here.</summary>
    private ServedContent Allowed(ServedContent asked)
    {
        var isPaste = _judge.IsPaste(reader: 0, program: null, timing.Now);
        if (asked.Promise is not { IsHere: false } promise || isPaste)
        {
            return asked;
        }
        promise.Refused(reader: null, PasteRefusal.NotAPaste);
        return default;
    }

    /// <summary>The compositor has dealt with our selection; it may have been cancelled in the same breath.</summary>
    private void Settle(uint source, HeldContent content)
    {
        if (Acquiring is null || source != _source)
        {
            return;
        }
        Acquiring = null;
        var ours = _sources.ContainsKey(source);
        Held = ours ? content : null;
        _judge.Announced(timing.Now);
        Acquired(ours ? ApplyOutcome.Applied : ApplyOutcome.Overtaken);
    }

    private void Acquired(ApplyOutcome outcome)
    {
        var acquired = _acquired;
        _acquired = null;
        acquired?.Invoke(outcome);
    }

    private void Cleared()
    {
        var cleared = _cleared;
        _cleared = null;
        cleared?.Invoke();
    }

    private void Destroy(uint source)
    {
        if (!_sources.Remove(source))
        {
            return;
        }
        if (source == _source)
        {
            Held = null;
        }
        connection.Send(new WaylandRequest(source, WaylandProtocol.SourceDestroy));
        objects.Destroyed(source);
    }
}
