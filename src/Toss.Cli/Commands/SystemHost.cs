using System.Text;
using Toss.Cli.Commands.Doctor;
using Toss.Cli.Daemon;
using Toss.Control;
using Toss.Platform.Hosting;

namespace Toss.Cli.Commands;

/// <summary>The command's outside as it really is: this process's streams, terminal and environment.</summary>
internal static class SystemHost
{
    /// <summary>What is written into a file or pipe is never wrapped.</summary>
    private const int NoWidth = 10_000;

    public static CommandHost Create()
    {
        var output = !Console.IsOutputRedirected;
        if (OperatingSystem.IsWindows() && output)
        {
            // A console takes bytes in its code page, which is an old one unless told.
            Console.OutputEncoding = Encoding.UTF8;
        }
        var folders = TossFolders.FromEnvironment();
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var rawOut = Console.OpenStandardOutput();
        return new CommandHost
        {
            Out = new StreamWriter(rawOut, utf8) { AutoFlush = true },
            Error = new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true },
            In = Console.In,
            RawIn = Console.OpenStandardInput(),
            RawOut = rawOut,
            ReadKey = () => Console.ReadKey(intercept: true),
            InputIsTerminal = !Console.IsInputRedirected,
            OutputIsTerminal = output,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Colours = output && TakesColours(Environment.GetEnvironmentVariable),
            Width = output ? TerminalWidth() : NoWidth,
            Time = TimeProvider.System,
            Folders = folders,
            Connect = () => Connect(folders),
            ConnectScreens = () => Connect(folders),
            OpenFile = Desktop.Open,
            Launcher = new DaemonLauncher(folders),
            ExamineMachine = cancellation => MachineExamination.RunAsync(folders, cancellation),
        };
    }

    /// <summary>https://no-color.org: set and not empty, whatever its value.</summary>
    public static bool TakesColours(Func<string, string?> variable) =>
        string.IsNullOrEmpty(variable("NO_COLOR")) && variable("TERM") is not ("dumb" or null or "");

    private static HttpControl Connect(TossFolders folders)
    {
        // In the last resort the socket's folder lies in /tmp, where another user may have been first.
        if (Directory.Exists(folders.Runtime))
        {
            OwnerOnly.EnsureFolder(folders.Runtime);
        }
        return new HttpControl(folders.ControlSocket);
    }

    private static int TerminalWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
