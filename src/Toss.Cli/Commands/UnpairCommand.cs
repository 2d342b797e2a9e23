using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss unpair DEVICE`: removes a device from the circle, for good.</summary>
internal static class UnpairCommand
{
    public static Command Create(CommandHost host)
    {
        var device = new Argument<string>("DEVICE") { Description = "Its name, its id, or the beginning of its id." };
        var yes = Consent.Option();
        var command = new Command("unpair", "Remove a device for good: it can no longer read or send.") { device, yes };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var named = parsed.GetRequiredValue(device);
                await Consent.AskAsync(
                    host,
                    parsed.GetValue(yes) || parsed.IsJson(),
                    $"Remove {SafeText.Of(named)} for good?",
                    cancellation
                );
                var removed = await control.UnpairAsync(named, [], cancellation);
                if (parsed.IsJson())
                {
                    host.Json(removed, ControlJson.Default.DeviceReport);
                }
                else
                {
                    host.Out.WriteLine($"{SafeText.Of(removed.Name)} is no longer one of your devices.");
                }
            }
        );
        return command;
    }
}
