using System.CommandLine;
using Spectre.Console;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss trace`: the last clips, stage by stage.</summary>
internal static class TraceCommand
{
    private const int DefaultLimit = 5;
    private const int MaxLimit = 1000;

    public static Command Create(CommandHost host)
    {
        var limit = NumberOption.Whole("--limit", [], "The last so many clips.", DefaultLimit, 1, MaxLimit);
        var command = new Command("trace", "Show the way of the last clips, stage by stage.") { limit };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var traces = await control.GetTraceAsync(parsed.GetValue(limit), cancellation);
                if (parsed.IsJson())
                {
                    host.Json(traces, ControlJson.Default.IReadOnlyListTraceReport);
                    return;
                }
                if (traces.Count == 0)
                {
                    host.Out.WriteLine("No clip yet.");
                }
                foreach (var trace in traces)
                {
                    Say(host, trace);
                }
            }
        );
        return command;
    }

    private static void Say(CommandHost host, TraceReport trace)
    {
        host.Out.WriteLine(
            $"{SafeText.Of(trace.Clip)}  {SafeText.Of(trace.Direction)}  {Spoken.Ago(trace.StartedAt, host.Time.GetUtcNow())}"
        );
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("stage");
        table.AddColumn(new TableColumn("at").RightAligned());
        table.AddColumn(new TableColumn("took").RightAligned());
        table.AddColumn("note");
        foreach (var stage in trace.Stages)
        {
            table.AddRow(
                new Text(SafeText.Of(stage.Name)),
                new Text(Spoken.Milliseconds(stage.AtMs)),
                new Text(Spoken.Milliseconds(stage.TookMs)),
                new Text(SafeText.Of(stage.Note ?? ""))
            );
        }
        host.Screen.Write(table);
    }
}
