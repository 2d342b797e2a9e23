using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Toss.Cli.Commands.Output;
using Toss.Cli.Daemon;
using Toss.Control;

namespace Toss.Cli.Commands.Doctor;

/// <summary>`toss doctor`: looks at everything toss needs, and says in plain words what to do.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommandHost host)
    {
        var file = new Option<string?>("--report")
        {
            Description = "Also write FILE for a bug report: no names, keys, addresses or content are in it.",
            HelpName = "FILE",
        };
        var command = new Command("doctor", "Check what toss needs, and say what to do.") { file };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var status = await AgentStart.TryGetStatusAsync(control, cancellation);
                List<DoctorCheck> checks =
                [
                    AgentCheck(host, status),
                    .. status is null
                        ? await host.ExamineMachine(cancellation)
                        : await control.ExamineAsync(cancellation),
                    DiskCheck.Of(host.Folders),
                ];
                var report = DoctorReport.Of(checks);
                if (parsed.GetValue(file) is { } path)
                {
                    await WriteAsync(host, path, report, status, cancellation);
                }
                Say(host, report, parsed.IsJson());
                return report.State == DoctorCheck.Problem ? ExitCodes.Failed : ExitCodes.Done;
            }
        );
        return command;
    }

    private static DoctorCheck AgentCheck(CommandHost host, StatusReport? status)
    {
        const string Subject = "agent";
        if (status is not null)
        {
            return new DoctorCheck(Subject, DoctorCheck.Ok, "running", $"{status.Daemon.Version} runs");
        }
        // Before the first start there is no folder that a start could have left a word in.
        return Directory.Exists(host.Folders.State) && host.Launcher.ReadStartupError() is { } error
            ? new DoctorCheck(
                Subject,
                DoctorCheck.Problem,
                "start-failed",
                $"toss does not run here; its last start failed: {error.Message}",
                error.Hint ?? "run `toss up`, then `toss doctor` again: relay, NAT and clock are looked at then"
            )
            : new DoctorCheck(
                Subject,
                DoctorCheck.Problem,
                "not-running",
                "toss does not run here; what can be looked at without it is",
                "run `toss up`, then `toss doctor` again: relay, NAT and clock are looked at then"
            );
    }

    private static void Say(CommandHost host, DoctorReport report, bool json)
    {
        if (json)
        {
            host.Json(report, ControlJson.Default.DoctorReport);
            return;
        }
        var lines = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var check in report.Checks)
        {
            lines.AddRow(
                new Text(check.State, StyleOf(check.State)),
                new Text(check.Subject.Replace('-', ' ')),
                new Text(SafeText.Of(check.Message))
            );
            if (check.Next is { } next)
            {
                lines.AddRow(new Text(""), new Text(""), new Text($"-> {SafeText.Of(next)}"));
            }
        }
        host.Screen.Write(lines);
    }

    private static Style StyleOf(string state) =>
        state switch
        {
            DoctorCheck.Ok => new Style(Color.Green),
            DoctorCheck.Warning => new Style(Color.Yellow),
            _ => new Style(Color.Red),
        };

    private static async Task WriteAsync(
        CommandHost host,
        string path,
        DoctorReport report,
        StatusReport? status,
        CancellationToken cancellation
    )
    {
        var bug = BugReport.Of(
            report,
            status,
            LinesOf(DaemonFiles.Log(host.Folders)),
            host.Time.GetUtcNow(),
            Environment.GetEnvironmentVariable
        );
        await File.WriteAllBytesAsync(
            path,
            JsonSerializer.SerializeToUtf8Bytes(bug, BugReportJson.Default.BugReport),
            cancellation
        );
        host.Error.WriteLine($"{path} is written: read it before you publish it; nothing in it names you.");
    }

    private static IEnumerable<string> LinesOf(string log)
    {
        try
        {
            // The agent writes on while this reads.
            using var file = new StreamReader(
                new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
            );
            return file.ReadToEnd().Split('\n');
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
