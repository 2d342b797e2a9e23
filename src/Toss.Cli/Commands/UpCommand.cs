using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Cli.Daemon;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss up`: starts the agent in the background and returns when it is ready.</summary>
internal static class UpCommand
{
    private const string RelayKey = "relay";

    public static Command Create(CommandHost host)
    {
        var relay = new Option<string?>("--relay")
        {
            Description = "This device's relay: wss://HOST (ws:// only on loopback and private networks).",
            HelpName = "URL",
        };
        var name = new Option<string?>("--name") { Description = "This device's name.", HelpName = "NAME" };
        var headless = new Option<bool>("--headless")
        {
            Description = "Without a desktop: `toss copy` and `toss paste` are the clipboard.",
        };
        var command = new Command("up", "Start toss in the background.") { relay, name, headless };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var options = new DaemonOptions(parsed.GetValue(headless));
                var status = await AgentStart.TryGetStatusAsync(control, cancellation);
                var started = status is null;
                status ??= await AgentStart.StartAsync(control, host.Launcher, options, host.Time, cancellation);
                try
                {
                    await SetAsync(control, parsed.GetValue(relay), parsed.GetValue(name), cancellation);
                }
                catch (ControlException) when (started)
                {
                    // A refused relay or name leaves no agent behind that nobody asked for.
                    await control.StopAsync(CancellationToken.None);
                    throw;
                }
                status = await control.GetStatusAsync(cancellation);
                if (parsed.IsJson())
                {
                    host.Json(new UpJson(started, status.Daemon.Pid, status.Daemon.Version), CliJson.Default.UpJson);
                    return;
                }
                Say(host, status, started, options);
            }
        );
        return command;
    }

    private static void Say(CommandHost host, StatusReport status, bool started, DaemonOptions options)
    {
        var name = SafeText.Of(status.Device.Name);
        host.Out.WriteLine(started ? $"toss is up as {name}." : $"toss is already up as {name}.");
        if (!started && options.Headless && status.Clipboard.Backend != "headless")
        {
            host.Warn("it runs with the desktop's clipboard; `toss down`, then `toss up --headless` changes that");
        }
        StatusCommand.WriteWarnings(host, status);
        if (status.Relay.Url is null)
        {
            host.Out.WriteLine(
                "No relay yet; devices in one network need none. `toss up --relay wss://HOST` sets one; a device that joins a circle takes the circle's."
            );
        }
        else if (status.Peers.Count == 0)
        {
            host.Out.WriteLine("Next: `toss pair` here, then type the code on your other device.");
        }
    }

    private static async Task SetAsync(IControl control, string? relay, string? name, CancellationToken cancellation)
    {
        if (name is not null)
        {
            await control.RenameAsync(name, cancellation);
        }
        if (relay is not null)
        {
            await control.SetConfigAsync(RelayKey, relay, cancellation);
        }
    }
}
