using System.CommandLine;
using Spectre.Console;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss devices`: the circle, as this device knows it.</summary>
internal static class DevicesCommand
{
    public static Command Create(CommandHost host)
    {
        var command = new Command("devices", "List the devices that share this clipboard.");
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var devices = await control.GetDevicesAsync(cancellation);
                if (!parsed.IsJson())
                {
                    Say(host, devices, parsed.IsVerbose());
                }
                else if (parsed.IsVerbose())
                {
                    host.Json(devices, ControlJson.Default.IReadOnlyListDeviceReport);
                }
                else
                {
                    host.Json([.. devices.Select(DeviceJson.Of)], CliJson.Default.IReadOnlyListDeviceJson);
                }
            }
        );
        return command;
    }

    private static void Say(CommandHost host, IReadOnlyList<DeviceReport> devices, bool verbose)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("device", "state", "fingerprint");
        if (verbose)
        {
            table.AddColumns("added by", "agreed");
        }
        foreach (var device in devices)
        {
            List<Text> row =
            [
                new(SafeText.Of(device.Name)),
                new(
                    device.Self ? "this device"
                    : device.Online ? "online"
                    : "away"
                ),
                new(device.Fingerprint),
            ];
            if (verbose)
            {
                row.Add(new Text(SafeText.Of(device.AddedBy ?? "-")));
                row.Add(new Text(device.LastAgreedAt is { } at ? Spoken.Ago(at, host.Time.GetUtcNow()) : "-"));
            }
            table.AddRow(row);
        }
        host.Screen.Write(table);
    }
}
