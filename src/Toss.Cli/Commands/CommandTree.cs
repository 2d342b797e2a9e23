using System.CommandLine;
using System.CommandLine.Invocation;
using Toss.Cli.Commands.Demo;
using Toss.Cli.Commands.Doctor;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>All commands, in the order `toss --help` lists them.</summary>
internal static class CommandTree
{
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        CommandHost host,
        CancellationToken cancellation
    )
    {
        var parsed = Create(host)
            .Parse(
                arguments,
                new ParserConfiguration
                {
                    // `toss copy @mail` copies "@mail"; it does not read a file of that name.
                    ResponseFileTokenReplacer = null,
                    EnablePosixBundling = false,
                }
            );
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
        {
            var command = NameOf(parsed.CommandResult.Command);
            if (arguments.Count == 0)
            {
                await RunAsync(["--help"], host, cancellation);
                return ExitCodes.Usage;
            }
            var message =
                parsed.CommandResult.Command is RootCommand && parsed.UnmatchedTokens.Count > 0
                    ? $"there is no command `{parsed.UnmatchedTokens[0]}`"
                    : parsed.Errors[0].Message;
            var wrong = new ControlError(ControlErrors.InvalidArgument, message, $"see `{command} --help`");
            return Failure.Write(host, arguments.Contains(CommandRun.JsonOption), wrong);
        }
        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = host.Out,
                Error = host.Error,
                EnableDefaultExceptionHandler = false,
                // Signals are the program's: it ends in order and then returns.
                ProcessTerminationTimeout = null,
            },
            cancellation
        );
    }

    public static RootCommand Create(CommandHost host)
    {
        var root = new RootCommand("Copy here, paste there: one clipboard across your devices, end-to-end encrypted.")
        {
            new Option<bool>(CommandRun.JsonOption)
            {
                Description = "Print JSON for scripts; errors go to stderr as JSON too.",
                Recursive = true,
            },
            new Option<bool>(CommandRun.VerboseOption) { Description = "Print everything known.", Recursive = true },
            UpCommand.Create(host),
            DownCommand.Create(host),
            StatusCommand.Create(host),
            PairCommand.Create(host),
            DevicesCommand.Create(host),
            UnpairCommand.Create(host),
            LeaveCommand.Create(host),
            RenameCommand.Create(host),
            ConfigCommand.Create(host),
            CopyCommand.Create(host),
            PasteCommand.Create(host),
            HistoryCommand.Create(host),
            ShowCommand.Create(host),
            AgainCommand.Create(host),
            PinCommand.CreatePin(host),
            PinCommand.CreateUnpin(host),
            TagCommand.Create(host),
            DeleteCommand.Create(host),
            UndoCommand.Create(host),
            ClearCommand.Create(host),
            SendCommand.Create(host),
            AcceptCommand.Create(host),
            RulesCommand.Create(host),
            CancelCommand.Create(host),
            PauseCommand.Create(host),
            ResumeCommand.Create(host),
            UiCommand.Create(host),
            WatchCommand.Create(host),
            TraceCommand.Create(host),
            StorageCommand.Create(host),
            ExportCommand.Create(host),
            ImportCommand.Create(host),
            RenewKeysCommand.Create(host),
            AboutCommand.Create(host),
            LogsCommand.Create(host),
            DoctorCommand.Create(host),
            BenchCommand.Create(host),
            RelayCommand.Create(host),
            DemoCommand.Create(host),
            DaemonCommand.Create(host),
            CompletionsCommand.Create(host),
        };
        foreach (var version in root.Options.OfType<VersionOption>())
        {
            version.Action = new VersionAction(host);
        }
        return root;
    }

    private static string NameOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{NameOf(parent)} {command.Name}" : "toss";

    private sealed class VersionAction(CommandHost host) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            host.Out.WriteLine($"toss {ProductVersion.Text}");
            return ExitCodes.Done;
        }
    }
}
