using System.Diagnostics;
using System.Globalization;
using System.Text;
using Toss.Control;
using Toss.Testing.Platform;
using Toss.Testing.Programs;

namespace Toss.Tests.Real.Faults;

/// <summary>
/// One device as a person has it: a home of its own, and `toss` as processes. Commands under test are run as processes;
/// looking and waiting goes over the control socket.
/// </summary>
internal sealed class FaultDevice : IAsyncDisposable
{
    /// <summary>Between two looks at something that no event tells.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string?> _environment;
    private HttpControl? _control;

    /// <param name="home">Null: in a folder that goes with the device.</param>
    public FaultDevice(string? home = null, params (string Name, string? Value)[] environment)
    {
        Home = home ?? _folder["home"];
        _environment = new()
        {
            ["TOSS_HOME"] = Home,
            ["TOSS_KEYSTORE"] = "key-file",
            ["TOSS_PASSPHRASE_FILE"] = null,
            ["TOSS_RELAY_CA"] = null,
            ["DISPLAY"] = null,
            ["XAUTHORITY"] = null,
            ["WAYLAND_DISPLAY"] = null,
            ["DBUS_SESSION_BUS_ADDRESS"] = null,
        };
        foreach (var (name, value) in environment)
        {
            _environment[name] = value;
        }
    }

    public string Home { get; }

    public string Data => Path.Combine(Home, "data");

    public string Socket => Path.Combine(Home, "run", "control.sock");

    public IControl Control => _control ??= new HttpControl(Socket);

    public string? this[string variable]
    {
        set => _environment[variable] = value;
    }

    public string Log => File.ReadAllText(Path.Combine(Home, "state", "toss.log"));

    /// <summary>The process of the agent, by its pid file; null if it does not run.</summary>
    public int? AgentId
    {
        get
        {
            var file = Path.Combine(Data, "agent.pid");
            return
                File.Exists(file)
                && int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var pid)
                && IsOurs(pid)
                ? pid
                : null;
        }
    }

    public Task<TossRun> RunAsync(params string[] arguments) => RunAsync(ReadOnlyMemory<byte>.Empty, arguments);

    public async Task<TossRun> RunAsync(ReadOnlyMemory<byte> input, params string[] arguments)
    {
        var programs = BuiltPrograms.Default;
        var start = new ProcessStartInfo(programs.Toss[0], [.. programs.Toss.Skip(1), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }
        var what = $"toss {string.Join(' ', arguments)}";
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(input);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It did not want all of it.
            }
            await Watchdog.Within(process.WaitForExitAsync(), $"{what} to end");
            return new TossRun(
                process.ExitCode,
                await Watchdog.Within(output, $"the output of {what}"),
                await Watchdog.Within(errors, $"the errors of {what}")
            );
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>`toss up --headless`, or on the display of the environment; it must succeed.</summary>
    public async Task UpAsync(Uri? relay = null, bool headless = true)
    {
        List<string> arguments = ["up"];
        if (headless)
        {
            arguments.Add("--headless");
        }
        if (relay is not null)
        {
            arguments.AddRange(["--relay", relay.AbsoluteUri]);
        }
        var run = await RunAsync([.. arguments]);
        if (run.ExitCode != 0)
        {
            throw new InvalidOperationException($"toss up: {run}");
        }
    }

    public async Task<StatusReport> StatusAsync() =>
        await Watchdog.Within(Control.GetStatusAsync(CancellationToken.None), "the status");

    public async Task<StatusReport> WaitAsync(string what, Func<StatusReport, bool> holds)
    {
        StatusReport? last = null;
        await UntilAsync(
            () => $"{what}; the last status was {last}",
            async () => holds(last = await Control.GetStatusAsync(CancellationToken.None))
        );
        return last!;
    }

    public Task ConnectedAsync() => WaitAsync("the relay", status => status.Relay.State == "connected");

    public async Task<CopyReport> CopyAsync(string text) =>
        await Watchdog.Within(
            Control.CopyAsync(
                "text/plain;charset=utf-8",
                new MemoryStream(Encoding.UTF8.GetBytes(text)),
                false,
                CancellationToken.None
            ),
            "a copy"
        );

    public async Task<string?> PasteAsync()
    {
        var content = await Watchdog.Within(
            Control.PasteAsync("text/plain;charset=utf-8", null, CancellationToken.None),
            "a paste"
        );
        if (content is null)
        {
            return null;
        }
        using var reader = new StreamReader(content.Content);
        return await reader.ReadToEndAsync();
    }

    public Task HasClipboardAsync(string text)
    {
        string? last = null;
        return UntilAsync(
            () => $"'{text}' on the clipboard, which holds '{last}'; log:\n{Log}",
            async () => (last = await PasteAsync()) == text
        );
    }

    /// <summary>Previews, newest first.</summary>
    public async Task<string[]> HistoryAsync() =>
        [
            .. (
                await Watchdog.Within(Control.GetHistoryAsync(null, 1000, CancellationToken.None), "the history")
            ).Select(entry => entry.Preview),
        ];

    public Task HasInHistoryAsync(string text) =>
        UntilAsync(() => $"'{text}' in the history", async () => (await HistoryAsync()).Contains(text));

    /// <summary>Pairs by link, this device showing it; both see each other after it.</summary>
    public async Task PairAsync(FaultDevice newcomer)
    {
        using var patience = new CancellationTokenSource(Watchdog.Patience);
        var paired = false;
        await foreach (var shown in Control.OpenPairingAsync(new OpenPairingRequest(AcceptAll: true), patience.Token))
        {
            switch (shown)
            {
                case PairingOpened opened:
                    await foreach (
                        var joined in newcomer.Control.JoinAsync(new JoinRequest(opened.Uri, null), patience.Token)
                    )
                    {
                        Refuse(joined);
                    }
                    break;
                case PairingDone:
                    paired = true;
                    break;
                default:
                    Refuse(shown);
                    break;
            }
        }
        if (!paired)
        {
            throw new InvalidOperationException("The pairing ended without a result.");
        }
        await WaitAsync("the newcomer to be online", status => status.Peers is [{ Online: true }]);
        await newcomer.WaitAsync("the inviter to be online", status => status.Peers is [{ Online: true }]);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (AgentId is { } pid)
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
            await Watchdog.Within(process.WaitForExitAsync(), "the agent to die");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _control?.Dispose();
        _folder.Dispose();
    }

    public static async Task UntilAsync(Func<string> what, Func<Task<bool>> holds)
    {
        var since = Stopwatch.StartNew();
        while (!await holds())
        {
            if (since.Elapsed > Watchdog.Patience)
            {
                throw new TimeoutException($"Waited {Watchdog.Patience.TotalSeconds:F0} s for {what()}.");
            }
            await Task.Delay(Look);
        }
    }

    private static void Refuse(PairingEvent happened)
    {
        if (happened is PairingFailed failed)
        {
            throw new InvalidOperationException($"Pairing failed: {failed}");
        }
    }

    /// <summary>A pid file may be older than its process; a process of ours has our home in its environment.</summary>
    private bool IsOurs(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/environ").Split('\0').Contains($"TOSS_HOME={Home}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

/// <summary>How a command ended and what it said.</summary>
internal sealed record TossRun(int ExitCode, string Output, string Errors);
