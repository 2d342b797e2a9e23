using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss renew-keys`: new keys with every device now, and not when they are old.</summary>
internal static class RenewKeysCommand
{
    public static Command Create(CommandHost host)
    {
        var command = new Command("renew-keys", "Begin new keys with every device now.");
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var report = await control.RenewKeysAsync(cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.RenewReport);
                }
                else
                {
                    host.Out.WriteLine($"New keys with {Spoken.Number(report.Devices, "device")}.");
                }
            }
        );
        return command;
    }
}
