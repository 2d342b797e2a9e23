using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Agent.Examination;

/// <summary>The clipboard of this device: which it is, whether it is heard, and whether it can be read now.</summary>
public static class ClipboardCheck
{
    private const string Subject = "clipboard";

    /// <summary>An owner that does not hand out what it copied holds up no doctor.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Reads it and forgets what it read; what it holds is not touched.</summary>
    public static async ValueTask<DoctorCheck> OfAsync(
        IClipboard clipboard,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var backend = clipboard.Backend;
        if (backend == "none")
        {
            return new DoctorCheck(
                Subject,
                DoctorCheck.Warning,
                "none",
                "no desktop's clipboard was found; `toss copy` and `toss paste` work",
                "start toss within the desktop's session (WAYLAND_DISPLAY or DISPLAY has to be set), or `toss up --headless` if there is none"
            );
        }
        if (clipboard.State != ClipboardState.Listening)
        {
            return new DoctorCheck(
                Subject,
                DoctorCheck.Problem,
                "lost",
                $"{backend}: the display does not answer; toss keeps trying",
                $"is the desktop running, and is {(backend == "wayland" ? "WAYLAND_DISPLAY" : "DISPLAY")} the right one? `toss down`, then `toss up` within the session"
            );
        }
        using var late = new CancellationTokenSource(s_patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            var held = await clipboard.ReadAsync(both.Token);
            if (held is { Representations.Count: 0 } && held.Omitted.Any(one => one.Reason == OmittedReason.TimedOut))
            {
                return Silent(backend);
            }
            return new DoctorCheck(
                Subject,
                DoctorCheck.Ok,
                "works",
                $"{backend}: copies are heard, and it can be read ({(held is null ? "it is empty" : "it holds something")})"
            );
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Silent(backend);
        }
    }

    /// <summary>It is there, and can never serve: a library is missing, or the session has none.</summary>
    public static DoctorCheck Unusable(IClipboard clipboard, string why) =>
        new(
            Subject,
            DoctorCheck.Problem,
            "unusable",
            $"{clipboard.Backend}: {why}",
            "`toss up --headless` works without a desktop's clipboard"
        );

    private static DoctorCheck Silent(string backend) =>
        new(
            Subject,
            DoctorCheck.Warning,
            "owner-silent",
            $"{backend}: the program that copied last does not hand out what it copied",
            "copy something in another program and look again"
        );
}
