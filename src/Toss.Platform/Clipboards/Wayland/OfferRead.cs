using System.Runtime.InteropServices;
using System.Text.Unicode;
using Toss.Core.Clips;
using Toss.Platform.Native;
using Toss.Wire;

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
    private readonly ReadPlan _plan;
    private readonly byte[] _scratch = new byte[64 * 1024];
    private ReceivedContent? _content;
    private TimeSpan _end;
    private TimeSpan _stall;
    private bool _hasToWait;
    private bool _isConfirmed;
    private bool _isSourceGone;
    private bool _disposed;

    public OfferRead(
        WaylandConnection connection,
        WaylandObjects objects,
        WaylandOffer offer,
        ReadPlan plan,
        ClipboardTiming timing
    )
    {
        _plan = plan;
        _connection = connection;
        _objects = objects;
        _offer = offer;
        _timing = timing;
        _plan.Begin(offer.Types);
        Ask();
    }

    public Snapshot? Result => _plan.Result;

    /// <summary>Of the owner; while it has to wait for us, of our disk.</summary>
    public TimeSpan Deadline => _stall < _end && !_isConfirmed && _content?.IsReady != false ? _stall : _end;

    /// <summary>The pipe to wait for; -1 if none is open, or if there is no room for what comes out of it.</summary>
    public int Readable => _content?.IsReady == true ? Descriptor : -1;

    private int Descriptor { get; set; } = -1;

    /// <summary>The pipe has something, or its end.</summary>
    public unsafe void HandleReadable()
    {
        if (Descriptor < 0 || _content is null)
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
        var before = _content.Length;
        _content.Write(_scratch.AsSpan(0, (int)count));
        if (_content.Failure is { } failure)
        {
            Take(failure);
            return;
        }
        Moved(before);
        _hasToWait = !_content.IsReady;
    }

    public void HandleRoom()
    {
        if (_hasToWait && _content?.IsReady == true)
        {
            // The owner had to wait for us, and its time begins only now.
            _hasToWait = false;
            _stall = _timing.Now + _timing.Progress;
        }
        if (_isConfirmed && _content is { IsSettled: true } content)
        {
            Take(content.Failure ?? ConversionOutcome.Answered);
        }
    }

    public void HandOver() => _plan.HandOver();

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
        _isSourceGone = true;
        if (!_isConfirmed)
        {
            Close();
            _plan.GiveUp(OmittedReason.SourceGone);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        Close();
        _content?.Dispose();
        _plan.Dispose();
    }

    private void Confirmed()
    {
        if (!_disposed && _plan.Result is null && _content is not null)
        {
            _content.Complete();
            _isConfirmed = true;
            _end = _timing.Now + _content.TimeToSettle(_timing.Conversion);
            HandleRoom();
        }
    }

    private void Take(ConversionOutcome outcome)
    {
        Close();
        _isConfirmed = false;
        using var content = _content;
        _content = null;
        if (outcome == ConversionOutcome.Answered && content?.TryTakePromise(out var spooled) == true)
        {
            _plan.Take(spooled);
            Ask();
            return;
        }
        var answer = outcome == ConversionOutcome.Answered && content is not null ? content.ToArray() : [];
        // Programs of Wayland give UTF-8 under X11's name for Latin-1, those on Xwayland Latin-1.
        var latin1 = _plan.Target == TargetFormats.Latin1String && !Utf8.IsValid(answer);
        _plan.Take(outcome, answer, latin1);
        Ask();
    }

    private void Ask()
    {
        if (_isSourceGone)
        {
            _plan.GiveUp(OmittedReason.SourceGone);
        }
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
        _content = _plan.NewContent();
        Moved(0);
        _connection.Send(new WaylandRequest(_offer.Id, WaylandProtocol.OfferReceive).Add(type).Pass(write));
    }

    /// <summary>Something came: the time for it begins again; that for all of it with each that fits into memory.</summary>
    private void Moved(long before)
    {
        _stall = _timing.Now + _timing.Progress;
        if (before == 0 || before / Limits.CopiedContent < _content!.Length / Limits.CopiedContent)
        {
            _end = _timing.Now + _timing.Conversion;
        }
    }

    private void Close()
    {
        if (Descriptor >= 0)
        {
            _ = Libc.Close(Descriptor);
            Descriptor = -1;
        }
    }
}
