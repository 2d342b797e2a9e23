using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>The newcomer's side: proves the code, then waits for the yes on the other device.</summary>
internal sealed class PairJoin(CommandHost host, IControl control, bool json)
{
    public async Task<PairingDone> RunAsync(JoinRequest request, CancellationToken cancellation)
    {
        if (!json && host.ErrorIsTerminal)
        {
            host.Error.WriteLine("Joining; the other device may ask whether to add this one.");
        }
        try
        {
            await foreach (var next in control.JoinAsync(request, cancellation))
            {
                switch (next)
                {
                    case PairingWarning warning when !json:
                        host.Warn(warning.Message);
                        break;
                    case PairingDone done:
                        if (!json)
                        {
                            host.Out.WriteLine(
                                $"Joined: this device now shares its clipboard with {SafeText.Of(done.Name)}."
                            );
                        }
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
}
