using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>The inviter's side: code, QR, countdown, "Add NAME?". Letting go of the stream withdraws the code.</summary>
internal sealed class PairShow(CommandHost host, IControl control, bool json, bool yes)
{
    public async Task<PairingDone> RunAsync(CancellationToken cancellation)
    {
        await using var countdown = new Countdown(host, show: !json && host.ErrorIsTerminal);
        try
        {
            await foreach (var next in control.OpenPairingAsync(new OpenPairingRequest(yes), cancellation))
            {
                switch (next)
                {
                    case PairingOpened opened:
                        Show(opened);
                        countdown.Start(opened.ExpiresAt);
                        break;
                    case PairingWarning warning:
                        await countdown.PauseAsync();
                        Warn(warning);
                        countdown.Resume();
                        break;
                    case PairingConfirm confirm:
                        await countdown.PauseAsync();
                        await AnswerAsync(confirm, cancellation);
                        break;
                    case PairingDone done:
                        await countdown.PauseAsync();
                        SayDone(done);
                        return done;
                    case PairingFailed failed:
                        throw PairCommand.FailureOf(failed);
                }
            }
        }
        catch (OperationCanceledException) when (!json && cancellation.IsCancellationRequested)
        {
            throw PairCommand.Withdrawn();
        }
        throw new ControlException(ControlErrors.Internal, "pairing ended without a result", "run `toss logs`");
    }

    private void Show(PairingOpened opened)
    {
        if (json)
        {
            host.Json(new PairCodeJson(opened.Code, opened.Uri, opened.ExpiresAt), CliJson.Default.PairCodeJson);
            return;
        }
        if (host.OutputIsTerminal)
        {
            if (TerminalQr.Columns(opened.Uri) <= host.Width)
            {
                host.Out.Write(TerminalQr.Draw(opened.Uri, host.Colours));
            }
            else
            {
                host.Out.WriteLine($"(The QR code needs a terminal of {TerminalQr.Columns(opened.Uri)} columns.)");
            }
            host.Out.WriteLine();
        }
        if (opened.Code is { } code)
        {
            host.Out.WriteLine($"On the other device:  toss pair {code}");
            host.Out.WriteLine($"or open there:        {opened.Uri}");
        }
        else
        {
            host.Warn("too many wrong codes were entered in the last hour; for now only the link pairs");
            host.Out.WriteLine($"On the other device:  toss pair '{opened.Uri}'");
        }
        host.Out.WriteLine("Whoever has this code can ask to join: show it only to yourself.");
    }

    private void Warn(PairingWarning warning)
    {
        // A script reads one JSON value on stderr, if it fails.
        if (!json)
        {
            var message = warning.Message.TrimEnd('.');
            host.Warn($"{message}; {Spoken.Number(warning.TriesLeft, "try")} left".Replace("trys", "tries"));
        }
    }

    private async Task AnswerAsync(PairingConfirm confirm, CancellationToken cancellation)
    {
        var accept =
            yes
            || await host.AskAsync(
                $"Add {SafeText.Of(confirm.Name)} (fingerprint {confirm.Fingerprint})?",
                cancellation
            );
        await control.ConfirmPairingAsync(confirm.PairingId, accept, cancellation);
    }

    private void SayDone(PairingDone done)
    {
        if (!json)
        {
            host.Out.WriteLine($"{SafeText.Of(done.Name)} is one of your devices now. Copy here, paste there.");
        }
    }
}
