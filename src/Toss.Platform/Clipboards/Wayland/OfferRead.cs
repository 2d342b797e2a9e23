using System.Runtime.InteropServices;
using System.Text.Unicode;
using Toss.Core.Clips;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Wayland;

/// <summary>
/// Everything one offer has, read one type after the other: the owner writes each into a pipe of ours. The end of a pipe is
/// also what a dying owner leaves, so after each the compositor is asked whether the offer still stands.
/// </summary>
internal sealed class OfferRead : IContentRead
{
    private readonly WaylandConnection _connection;
    private readonly WaylandObjects _objects;
    private readonly WaylandOffer _offer;
    private readonly ClipboardTiming _timing;
    private readonly ReadPlan _plan = new();
    private readonly byte[] _scratch = new byte[64 * 1024];
    private MemoryStream _received = new();
    private TimeSpan _end;
    private TimeSpan _stall;
    private bool _disposed;

    public OfferRead(WaylandConnection connection, WaylandObjects objects, WaylandOffer offer, ClipboardTiming timing)
    {
        _connection = connection;
        _objects = objects;
        _offer = offer;
        _timing = timing;
        _plan.Begin(offer.Types);
        Ask();
    }

    public Snapshot? Result => _plan.Result;

    public TimeSpan Deadline => _stall < _end ? _stall : _end;

    /// <summary>The pipe to wait for, -1 if none is open.</summary>
    public int Descriptor { get; private set; } = -1;

    /// <summary>The pipe has something, or its end.</summary>
    public unsafe void HandleReadable()
    {
        if (Descriptor < 0)
        {
            return;
        }
        nint count;
        fixed (byte* scratch = _scratch)
        {
            // One read after poll(2) said so: it does not block, though the pipe would.
            count = Libc.Read(Descriptor, scratch, (nuint)_scratch.Length);
        }
        if (count < 0)
        {
            if (Marshal.GetLastPInvokeError() != LibcSockets.Interrupted)
            {
                Take(ConversionOutcome.Refused);
            }
            return;
        }
        if (count == 0)
        {
            Close();
            _objects.Sync(Confirmed);
            return;
        }
        if (_received.Length + count > _plan.Limit)
        {
            Take(ConversionOutcome.TooLarge);
            return;
        }
        _received.Write(_scratch.AsSpan(0, (int)count));
        Moved();
    }

    public void HandleTimeout()
    {
        if (_timing.Now >= Deadline)
        {
            // An owner that let one question lie answers no other.
            Close();
            _plan.GiveUp(OmittedReason.TimedOut);
        }
    }

    public void HandleSourceGone()
    {
        Close();
        _plan.GiveUp(OmittedReason.SourceGone);
    }

    public void Dispose()
    {
        _disposed = true;
        Close();
        _received.Dispose();
    }

    private void Confirmed()
    {
        if (!_disposed && _plan.Result is null)
        {
            Take(ConversionOutcome.Answered);
        }
    }

    private void Take(ConversionOutcome outcome)
    {
        Close();
        var answer = outcome == ConversionOutcome.Answered ? _received.ToArray() : [];
        // Programs of Wayland give UTF-8 under X11's name for Latin-1, those on Xwayland Latin-1.
        var latin1 = _plan.Target == TargetFormats.Latin1String && !Utf8.IsValid(answer);
        _received.Dispose();
        _plan.Take(outcome, answer, latin1);
        Ask();
    }

    private void Ask()
    {
        if (_plan.Target is not { } type)
        {
            return;
        }
        if (!LibcSockets.TryPipe(out var read, out var write))
        {
            _plan.GiveUp(OmittedReason.Unreadable);
            return;
        }
        Descriptor = read;
        _received = new();
        _end = _timing.Now + _timing.Conversion;
        Moved();
        _connection.Send(new WaylandRequest(_offer.Id, WaylandProtocol.OfferReceive).Add(type).Pass(write));
    }

    private void Moved() => _stall = _timing.Now + _timing.Progress;

    private void Close()
    {
        if (Descriptor >= 0)
        {
            _ = Libc.Close(Descriptor);
            Descriptor = -1;
        }
    }
}
