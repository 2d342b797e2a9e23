using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toss.Cli.Commands;
using Toss.Cli.Daemon;
using Toss.Control;
using Toss.Platform.Hosting;

namespace Toss.Tests.Cli;

/// <summary>Runs commands in this process against a <see cref="FakeControl"/> and keeps what they wrote.</summary>
internal sealed class CommandBench : IDisposable
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(60);

    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly MemoryStream _rawOut = new();
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("toss-cli-");

    public CommandBench()
    {
        Folders = TossFolders.From(name => name == "TOSS_HOME" ? _home.FullName : null, 0, _ => false);
    }

    public FakeControl Control { get; } = new();
    public FakeLauncher Launcher { get; } = new();
    public FakeTimeProvider Time { get; } = new(FakeControl.Now.AddMinutes(3));
    public TossFolders Folders { get; }

    /// <summary>What a look at this machine finds while no agent runs.</summary>
    public List<DoctorCheck> Machine { get; } =
    [new("multicast", DoctorCheck.Warning, "no-interface", "no interface has multicast")];

    public string Input { get; init; } = "";

    /// <summary>Instead of <see cref="Input"/>, what a pipe gives.</summary>
    public Stream? Pipe { get; init; }

    public bool Terminal { get; init; }
    public bool ErrorTerminal { get; init; }
    public bool Colours { get; init; }
    public int Width { get; init; } = 200;
    public bool HasDesktop { get; init; } = true;

    /// <summary>What was shown in a browser, and its content then.</summary>
    public (string File, string Content)? Opened { get; private set; }

    public string Out => _out.ToString();
    public string Error => _error.ToString();
    public byte[] RawOut => _rawOut.ToArray();

    public async Task<int> RunAsync(params string[] arguments) => await RunAsync(CancellationToken.None, arguments);

    public async Task<int> RunAsync(CancellationToken cancellation, params string[] arguments)
    {
        var running = CommandTree.RunAsync(arguments, Host(), cancellation);
        try
        {
            return await running.WaitAsync(Watchdog, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"waited 60 s for `toss {string.Join(' ', arguments)}`");
        }
    }

    public void Dispose() => _home.Delete(recursive: true);

    public CommandHost Host()
    {
        var typed = new Queue<char>(Input);
        return new()
        {
            Out = TextWriter.Synchronized(_out),
            Error = TextWriter.Synchronized(_error),
            In = new StringReader(Input),
            RawIn = Pipe ?? new MemoryStream(Encoding.UTF8.GetBytes(Input)),
            RawOut = _rawOut,
            ReadKey = () => KeyOf(typed.Dequeue()),
            InputIsTerminal = Terminal,
            OutputIsTerminal = Terminal,
            ErrorIsTerminal = ErrorTerminal,
            Colours = Colours,
            Width = Width,
            Time = Time,
            Folders = Folders,
            Connect = () => Control,
            ConnectScreens = () => Control,
            OpenFile = file =>
            {
                Opened = (file, File.ReadAllText(file));
                return HasDesktop;
            },
            Launcher = Launcher,
            ExamineMachine = _ => Task.FromResult<IReadOnlyList<DoctorCheck>>(Machine),
        };
    }

    private static ConsoleKeyInfo KeyOf(char typed) =>
        new(
            typed,
            typed switch
            {
                '\n' => ConsoleKey.Enter,
                '\b' => ConsoleKey.Backspace,
                _ => ConsoleKey.None,
            },
            shift: false,
            alt: false,
            control: false
        );
}

/// <summary>A daemon that starts when <see cref="OnStart"/> says so, or ends at once with a reason.</summary>
internal sealed class FakeLauncher : IDaemonLauncher
{
    public List<DaemonOptions> Started { get; } = [];
    public Action OnStart { get; set; } = () => { };
    public Task Ended { get; set; } = new TaskCompletionSource().Task;
    public ControlError? Reason { get; set; }

    public Task Start(DaemonOptions options)
    {
        Started.Add(options);
        OnStart();
        return Ended;
    }

    public ControlError? ReadStartupError() => Reason;
}
