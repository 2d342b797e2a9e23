using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss unpair DEVICE [--keep DEVICE…]`: removes a device from the circle, for good, and whom only it let in.</summary>
internal static class UnpairCommand
{
    public static Command Create(CommandHost host)
    {
        var device = new Argument<string>("DEVICE") { Description = "Its name, its id, or the beginning of its id." };
        var keep = new Option<string[]>("--keep")
        {
            Description = "A device that it let in and that stays; others that it let in go with it.",
            HelpName = "DEVICE",
            AllowMultipleArgumentsPerToken = true,
        };
        var yes = Consent.Option();
        var command = new Command("unpair", "Remove a device for good: it can no longer read or send.")
        {
            device,
            keep,
            yes,
        };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var named = parsed.GetRequiredValue(device);
                var kept = parsed.GetValue(keep) ?? [];
                var before = await control.GetDevicesAsync(cancellation);
                var along = Along(before, named, kept);
                await Consent.AskAsync(
                    host,
                    parsed.GetValue(yes) || parsed.IsJson(),
                    along.Length == 0
                        ? $"Remove {SafeText.Of(named)} for good?"
                        : $"Remove {SafeText.Of(named)} for good, and {along}, which it let in (--keep DEVICE lets one stay)?",
                    cancellation
                );
                var removed = await control.UnpairAsync(named, kept, cancellation);
                if (parsed.IsJson())
                {
                    host.Json(removed, ControlJson.Default.DeviceReport);
                    return;
                }
                host.Out.WriteLine($"{SafeText.Of(removed.Name)} is no longer one of your devices.");
                if (along.Length > 0)
                {
                    host.Out.WriteLine($"Nor is {along}, which it had let in.");
                }
            }
        );
        return command;
    }

    private static string Along(IReadOnlyList<DeviceReport> devices, string named, string[] kept) =>
        string.Join(
            ", ",
            DevicesAlong
                .Of(devices, device => IsNamed(device, named), device => kept.Any(name => IsNamed(device, name)))
                .Select(device => SafeText.Of(device.Name))
        );

    private static bool IsNamed(DeviceReport device, string text) =>
        DeviceQuery.Matches(text, device.Id, device.Name, device.Fingerprint);
}
