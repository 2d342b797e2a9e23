using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>
/// What stands on the clipboard without its bytes (delayed rendering). Windows asks for it while another program has the clipboard
/// open, holds that program until it is answered, and takes content in one piece; so it is answered within a time, and what does
/// not come within it is refused. On the clipboard's thread, which waits meanwhile: nothing could be done with the clipboard anyway.
/// </summary>
internal sealed class PromisedFormats(WindowsTiming timing, ClipboardWindow window)
{
    /// <summary>In one piece in memory, of which there must be enough for two programs: more is refused at once.</summary>
    public const long MostBytes = 1024L * 1024 * 1024;

    private readonly PasteJudge _judge = new();
    private readonly Dictionary<uint, OfferedFormat> _promised = [];

    /// <summary>Called again and again while content is waited for.</summary>
    public Action Waiting { get; set; } = static () => { };

    /// <summary>Whoever waits is to leave.</summary>
    public Func<bool> IsStopping { get; set; } = static () => false;

    public void Forget() => _promised.Clear();

    /// <summary>Announces one; the clipboard is open and ours.</summary>
    public void Announce(uint format, OfferedFormat offered)
    {
        User32.SetClipboardData(format, 0);
        _promised[format] = offered;
    }

    /// <summary>All are announced: nobody can have read them before this.</summary>
    public void Announced() => _judge.Announced(timing.Now);

    /// <summary>A program asks for it, and has the clipboard open.</summary>
    public void Render(uint format)
    {
        if (!_promised.TryGetValue(format, out var offered))
        {
            return;
        }
        var (promise, reader) = (offered.Promise!, User32.GetOpenClipboardWindow());
        var program = SourceProgram.Of(reader);
        if (promise.Size > MostBytes)
        {
            promise.Refused(program, PasteRefusal.TooLarge);
        }
        else if (!promise.IsHere && !_judge.IsPaste(SourceProgram.IdOf(reader), program, timing.Now))
        {
            promise.Refused(program, PasteRefusal.NotAPaste);
        }
        else
        {
            var began = timing.Now;
            // Of what is few bytes when all of it is here, the first are the last.
            var comesAtOnce = promise.Size is null;
            Render(
                format,
                offered,
                program,
                came => began + (came > 0 || comesAtOnce ? timing.Render : timing.FirstPiece) - timing.Now,
                IsStopping
            );
        }
    }

    /// <summary>We leave: what is on this device stays on the clipboard, as far as there is time; the rest ends with us.</summary>
    public void RenderAll()
    {
        var until = timing.Now + timing.HandOver;
        if (_promised.Values.All(one => !one.Promise!.IsHere) || !TryOpen(until))
        {
            return;
        }
        try
        {
            if (User32.GetClipboardOwner() != window.Handle)
            {
                return;
            }
            foreach (var (format, offered) in _promised.Where(one => one.Value.Promise!.IsHere).ToList())
            {
                if (offered.Promise!.Size is null or <= MostBytes)
                {
                    Render(format, offered, null, _ => until - timing.Now, static () => false);
                }
            }
        }
        finally
        {
            User32.CloseClipboard();
        }
    }

    /// <param name="timeLeft">By the bytes that came.</param>
    private void Render(
        uint format,
        OfferedFormat offered,
        string? program,
        Func<long, TimeSpan> timeLeft,
        Func<bool> isStopping
    )
    {
        var promise = offered.Promise!;
        var encoder = offered.Encoder!();
        var expected = promise.Size ?? 0;
        using var memory = new GlobalMemory(expected);
        using var reading = new PromiseReading(promise, program, window.Stir);
        var isWhole = memory.TryAppend(encoder.Begin(expected));
        long came = 0;
        while (isWhole && !reading.IsEnded)
        {
            if (isStopping() || reading.HasFailed)
            {
                // Whoever brings it says why.
                return;
            }
            if (timeLeft(came) is var left && left <= TimeSpan.Zero)
            {
                promise.Refused(program, PasteRefusal.TooLate);
                return;
            }
            if (reading.TryTake(out var piece))
            {
                came += piece.Length;
                isWhole = memory.TryAppend(encoder.Next(piece.Span));
            }
            else
            {
                Waiting();
                window.WaitForStir(left);
            }
        }
        if (isWhole && encoder.TryEnd(out var rest) && memory.TryAppend(rest) && memory.TryGive(format))
        {
            _promised.Remove(format);
            return;
        }
        // It is no such format, or there is no memory for it.
        promise.Refused(program, PasteRefusal.TooLarge);
    }

    private bool TryOpen(TimeSpan until)
    {
        var pause = timing.RetryFirst;
        while (!User32.OpenClipboard(window.Handle))
        {
            if (timing.Now >= until)
            {
                return false;
            }
            window.WaitForStir(pause);
        }
        return true;
    }
}
