using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands.Demo;

/// <summary>`toss demo`: a relay and two devices on this machine; copies on one, reads on the other, compares.</summary>
internal static class DemoCommand
{
    /// <summary>Four contents take well under five seconds; a machine under load gets this.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(28);

    /// <summary>Longer, and a socket below it would not fit into its 108 bytes.</summary>
    private const int MaxFolder = 70;

    public static Command Create(CommandHost host)
    {
        var keep = new Option<bool>("--keep") { Description = "Leave everything running and say how to use it." };
        var headless = new Option<bool>("--headless")
        {
            Description = "Without displays: by `toss copy` and `toss paste`.",
        };
        var command = new Command("demo", "Watch a relay and two devices work on this machine.") { keep, headless };
        command.SetAction(
            async (parsed, cancellation) =>
            {
                try
                {
                    return await RunAsync(
                        host,
                        parsed.IsJson(),
                        parsed.GetValue(keep),
                        parsed.GetValue(headless),
                        cancellation
                    );
                }
                catch (OperationCanceledException)
                {
                    var ended = new ControlError(ControlErrors.Withdrawn, "interrupted; the demo cleaned up", null);
                    return Failure.Write(host, parsed.IsJson(), ended);
                }
                catch (Exception failure)
                {
                    return Failure.Write(host, parsed.IsJson(), CommandRun.Describe(failure));
                }
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(
        CommandHost host,
        bool json,
        bool keep,
        bool headless,
        CancellationToken cancellation
    )
    {
        if (!headless)
        {
            RefuseMissingTools();
        }
        var folder = Directory.CreateTempSubdirectory("toss-demo-").FullName;
        if (folder.Length > MaxFolder)
        {
            Directory.Delete(folder);
            throw new ControlException(
                ControlErrors.InvalidArgument,
                "TMPDIR is too long",
                "try TMPDIR=/tmp toss demo"
            );
        }
        var processes = new DemoProcesses(folder);
        var run = new DemoRun(folder, processes, host.Time, step => Say(host, json, step));
        var kept = false;
        try
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limited.CancelAfter(Timeout);
            var results = await TryAsync(run, headless, limited.Token, cancellation);
            kept = keep;
            var report = new DemoReport(
                results.All(result => result.Ok),
                results,
                keep ? Kept(folder, run, processes) : null
            );
            Write(host, json, report);
            return report.Ok ? ExitCodes.Done : ExitCodes.Failed;
        }
        finally
        {
            if (!kept)
            {
                await processes.DisposeAsync();
                Directory.Delete(folder, recursive: true);
            }
            run.Devices.ForEach(device => device.Dispose());
        }
    }

    private static async Task<IReadOnlyList<DemoResult>> TryAsync(
        DemoRun run,
        bool headless,
        CancellationToken limited,
        CancellationToken cancellation
    )
    {
        try
        {
            return await run.RunAsync(headless, limited);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ControlException(
                ControlErrors.Internal,
                $"the demo did not finish in {Timeout.TotalSeconds:0} seconds; it was {run.Step}"
            );
        }
    }

    private static void RefuseMissingTools()
    {
        if (OperatingSystem.IsWindows())
        {
            throw new ControlException(
                ControlErrors.Internal,
                "the demo's desktops are those of Linux",
                "run `toss demo --headless`; it needs toss-relay beside toss"
            );
        }
        (string Tool, string Package)[] tools = [("Xvfb", "xvfb"), ("xclip", "xclip")];
        string[] packages = [.. tools.Where(tool => !OnPath(tool.Tool)).Select(tool => tool.Package)];
        if (packages.Length > 0)
        {
            throw new ControlException(
                ControlErrors.Internal,
                $"the demo needs {string.Join(" and ", packages)}",
                $"apt-get install -y --no-install-recommends {string.Join(' ', packages)}; or run `toss demo --headless`"
            );
        }
    }

    private static bool OnPath(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, tool)));

    private static DemoKept Kept(string folder, DemoRun run, DemoProcesses processes) =>
        new(
            folder,
            run.RelayUrl,
            [.. run.Devices.Select(device => new DemoKeptDevice($"demo-{device.Name}", device.Home, device.Display))],
            processes.Running
        );

    private static void Say(CommandHost host, bool json, string step)
    {
        if (!json)
        {
            host.Error.WriteLine($"… {step}");
        }
    }

    private static void Write(CommandHost host, bool json, DemoReport report)
    {
        if (json)
        {
            host.Json(report, CliJson.Default.DemoReport);
            return;
        }
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("content");
        table.AddColumn(new TableColumn("bytes").RightAligned());
        table.AddColumn("route");
        table.AddColumn(new TableColumn("took").RightAligned());
        table.AddColumn("SHA-256");
        foreach (var result in report.Results)
        {
            table.AddRow(
                new Text(result.Kind),
                new Text(result.Bytes.ToString("N0", CultureInfo.InvariantCulture)),
                new Text(result.Route),
                new Text(Spoken.Milliseconds(result.Milliseconds)),
                result.Ok
                    ? new Text($"{result.Sha256Sent[..12]}… agrees", new Style(Color.Green))
                    : new Text("differs", new Style(Color.Red))
            );
        }
        host.Screen.Write(table);
        host.Out.WriteLine(report.Ok ? "All of it arrived as it was sent." : "Not all of it arrived as it was sent.");
        if (report.Kept is { } kept)
        {
            WriteKept(host, kept);
        }
    }

    private static void WriteKept(CommandHost host, DemoKept kept)
    {
        host.Out.WriteLine($"Still running, with the relay {kept.RelayUrl}:");
        foreach (var device in kept.Devices)
        {
            host.Out.WriteLine($"  {device.Name}:  TOSS_HOME={device.TossHome} toss status");
            if (device.Display is { } display)
            {
                host.Out.WriteLine($"           echo hello | DISPLAY={display} xclip -selection clipboard");
                host.Out.WriteLine($"           DISPLAY={display} xclip -o -selection clipboard");
            }
        }
        host.Out.WriteLine($"End it with:  kill {string.Join(' ', kept.Pids)}; rm -r {kept.Folder}");
    }
}
