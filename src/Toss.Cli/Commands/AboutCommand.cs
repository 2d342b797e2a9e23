using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss about`: this program, and where it keeps things.</summary>
internal static class AboutCommand
{
    public static Command Create(CommandHost host)
    {
        var command = new Command("about", "Say which toss this is, and where it keeps things.");
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var report = await control.GetAboutAsync(cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.AboutReport);
                    return;
                }
                host.Out.WriteLine($"toss {report.Version}, {report.License} licence");
                host.Out.WriteLine(SafeText.Of($"{report.Runtime} on {report.System}"));
                host.Out.WriteLine(SafeText.Of($"history:  {report.Folder ?? "in memory"}, encrypted"));
                host.Out.WriteLine(SafeText.Of($"log:      {report.Log ?? "none"}"));
                var parts = string.Join(", ", report.Parts.Select(part => $"{part.Name} ({part.License})"));
                host.Out.WriteLine(SafeText.Of($"with:     {parts}"));
            }
        );
        return command;
    }
}
