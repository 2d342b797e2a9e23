using System.CommandLine;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>Asks before what cannot be taken back. A script has no terminal to ask on; running the command was its answer.</summary>
internal static class Consent
{
    public static Option<bool> Option() => new("--yes", "-y") { Description = "Do not ask." };

    /// <exception cref="ControlException">`declined`.</exception>
    public static async Task AskAsync(CommandHost host, bool given, string question, CancellationToken cancellation)
    {
        if (given || !host.InputIsTerminal)
        {
            return;
        }
        if (!await host.AskAsync(question, cancellation))
        {
            throw new ControlException(ControlErrors.Declined, "nothing was changed");
        }
    }
}
