using Spectre.Console;
using Toss.Cli.Commands.Output;
using Toss.Cli.Daemon;
using Toss.Control;
using Toss.Platform.Hosting;

namespace Toss.Cli.Commands;

/// <summary>Everything a command touches outside itself, so that a test can run it in its own process.</summary>
internal sealed class CommandHost
{
    public required TextWriter Out { get; init; }
    public required TextWriter Error { get; init; }
    public required TextReader In { get; init; }

    /// <summary>The same standard streams, as bytes; for content.</summary>
    public required Stream RawIn { get; init; }
    public required Stream RawOut { get; init; }

    /// <summary>One key of the terminal, not shown.</summary>
    public required Func<ConsoleKeyInfo> ReadKey { get; init; }

    public required bool InputIsTerminal { get; init; }
    public required bool OutputIsTerminal { get; init; }
    public required bool ErrorIsTerminal { get; init; }

    /// <summary>A terminal that takes colours, and a person who did not say NO_COLOR.</summary>
    public required bool Colours { get; init; }

    /// <summary>Columns of the terminal.</summary>
    public required int Width { get; init; }

    public required TimeProvider Time { get; init; }
    public required TossFolders Folders { get; init; }

    /// <summary>The running agent; nothing is sent before the first request.</summary>
    public required Func<IControl> Connect { get; init; }

    /// <summary>The same, for its screens.</summary>
    public required Func<IScreens> ConnectScreens { get; init; }

    /// <summary>Shows a file to the person, in the browser or whatever they have for it; false if there is nothing for it.</summary>
    public required Func<string, bool> OpenFile { get; init; }
    public required IDaemonLauncher Launcher { get; init; }

    /// <summary>What `toss doctor` can look at while no agent runs.</summary>
    public required Func<CancellationToken, Task<IReadOnlyList<DoctorCheck>>> ExamineMachine { get; init; }

    public IAnsiConsole Screen => field ??= CreateScreen();

    public void Json<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        Out.WriteLine(System.Text.Json.JsonSerializer.Serialize(value, type));

    /// <summary>A remark that is no failure; on stderr, so that it never mixes with a result.</summary>
    public void Warn(string text) => Error.WriteLine($"warning: {SafeText.Of(text)}");

    /// <summary>Asks until a yes or a no; the end of input is a no. Cancelling leaves the reader behind, with the process.</summary>
    public async Task<bool> AskAsync(string question, CancellationToken cancellation)
    {
        while (true)
        {
            await Error.WriteAsync($"{question} [y/n] ");
            await Error.FlushAsync(cancellation);
            // Console input cannot be cancelled: the wait is, and the process ends soon after.
            var line = await Task.Run(In.ReadLine, cancellation).WaitAsync(cancellation);
            switch (line?.Trim().ToLowerInvariant())
            {
                case "y" or "yes":
                    return true;
                case null:
                    await Error.WriteLineAsync();
                    return false;
                case "n" or "no":
                    return false;
            }
        }
    }

    private IAnsiConsole CreateScreen()
    {
        var screen = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = Colours ? AnsiSupport.Yes : AnsiSupport.No,
                ColorSystem = Colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(Out),
                Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            }
        );
        screen.Profile.Width = Width;
        screen.Profile.Capabilities.Unicode = true;
        return screen;
    }
}
