using System.CommandLine;
using System.Text.Json;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>
/// `toss watch`: what happens at the agent, as it happens. Ctrl-C ends it with 0. When the agent ends, so does it, with the code for
/// "not running"; with `--follow` it waits for the agent and goes on.
/// </summary>
internal static class WatchCommand
{
    /// <summary>Between two looks whether an agent is there again.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    public static Command Create(CommandHost host)
    {
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Wait for the agent when it ends or is not running, and go on.",
        };
        var command = new Command("watch", "Print what happens, as it happens.") { follow };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                try
                {
                    await WatchAsync(host, control, parsed.IsJson(), parsed.GetValue(follow), cancellation);
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    // Ctrl-C is how watching ends.
                }
            }
        );
        return command;
    }

    private static async Task WatchAsync(
        CommandHost host,
        IControl control,
        bool json,
        bool follow,
        CancellationToken cancellation
    )
    {
        EventPosition? seen = null;
        while (true)
        {
            try
            {
                await foreach (var happened in control.WatchAsync(seen, cancellation))
                {
                    seen = happened.Position;
                    Write(host, happened, json);
                }
                throw new ControlException(ControlErrors.NoDaemon, "the toss agent ended", "run `toss up`");
            }
            catch (ControlException failure) when (follow && failure.Code == ControlErrors.NoDaemon)
            {
                await Task.Delay(LookInterval, host.Time, cancellation);
            }
        }
    }

    private static void Write(CommandHost host, AgentEvent happened, bool json)
    {
        if (json)
        {
            host.Out.WriteLine(JsonSerializer.Serialize(happened, ControlJson.Default.AgentEvent));
        }
        else
        {
            var time = happened
                .At.ToLocalTime()
                .ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
            host.Out.WriteLine($"{time}  {SafeText.Of(WatchLine.Of(happened))}");
        }
    }
}
