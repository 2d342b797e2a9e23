using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Cli.Daemon;
using Toss.Control;
using Toss.Platform;

namespace Toss.Cli.Commands;

/// <summary>How every command runs: what it does, and what its failure prints and returns.</summary>
internal static class CommandRun
{
    public const string JsonOption = "--json";
    public const string VerboseOption = "--verbose";

    /// <summary>The command runs <paramref name="run"/>; a <see cref="ControlException"/> is its failure.</summary>
    public static void Run(this Command command, CommandHost host, Func<ParseResult, CancellationToken, Task> run) =>
        command.Run(
            host,
            async (parsed, cancellation) =>
            {
                await run(parsed, cancellation);
                return ExitCodes.Done;
            }
        );

    /// <summary>The same for a command whose exit code is an answer.</summary>
    public static void Run(
        this Command command,
        CommandHost host,
        Func<ParseResult, CancellationToken, Task<int>> run
    ) =>
        command.SetAction(
            async (parsed, cancellation) =>
            {
                try
                {
                    return await run(parsed, cancellation);
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    var interrupted = new ControlError(ControlErrors.Withdrawn, "interrupted", null);
                    return Failure.Write(host, parsed.IsJson(), interrupted);
                }
                catch (Exception failure)
                {
                    return Failure.Write(host, parsed.IsJson(), Describe(failure));
                }
            }
        );

    /// <summary>The same over a connection to the running agent.</summary>
    public static void RunControl(
        this Command command,
        CommandHost host,
        Func<IControl, ParseResult, CancellationToken, Task> run
    ) =>
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                await run(control, parsed, cancellation);
                return ExitCodes.Done;
            }
        );

    /// <inheritdoc cref="RunControl(Command, CommandHost, Func{IControl, ParseResult, CancellationToken, Task})"/>
    public static void RunControl(
        this Command command,
        CommandHost host,
        Func<IControl, ParseResult, CancellationToken, Task<int>> run
    ) =>
        command.Run(
            host,
            async (parsed, cancellation) =>
            {
                var control = host.Connect();
                using var connection = control as IDisposable;
                return await run(control, parsed, cancellation);
            }
        );

    internal static ControlError Describe(Exception failure) =>
        failure switch
        {
            ControlException known => ControlError.Of(known),
            PlatformException => StartupError.Describe(failure),
            IOException or UnauthorizedAccessException => new ControlError(
                ControlErrors.Internal,
                failure.Message,
                null
            ),
            _ => new ControlError(ControlErrors.Internal, $"{failure.GetType().Name}: {failure.Message}", null),
        };

    public static bool IsJson(this ParseResult parsed) => parsed.GetValue<bool>(JsonOption);

    public static bool IsVerbose(this ParseResult parsed) => parsed.GetValue<bool>(VerboseOption);
}
