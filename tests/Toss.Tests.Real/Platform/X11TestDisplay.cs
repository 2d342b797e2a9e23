using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Real.Platform;

/// <summary>One Xvfb, one clipboard of ours on it, and other programs, for one test.</summary>
public abstract class X11TestDisplay : IAsyncLifetime
{
    /// <summary>Short, so that a test of a time-out is quick; long against a busy machine's pauses.</summary>
    protected static readonly ClipboardTiming Quick = ClipboardTiming.Default with
    {
        Progress = TimeSpan.FromSeconds(1),
        ReconnectMost = TimeSpan.FromMilliseconds(200),
    };

    protected static readonly byte[] Origin = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _scripts = [];

    protected virtual ClipboardTiming Timing => Quick;

    protected XvfbServer Server { get; set; } = null!;

    protected X11Clipboard Clipboard { get; private set; } = null!;

    protected X11Programs Programs { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Server = await XvfbServer.StartAsync();
        Programs = new X11Programs(Server.Display);
        Clipboard = new X11Clipboard(Server.Display, Timing);
        await Watchdog.Within(Clipboard.StartAsync(spool: null, CancellationToken.None), "the clipboard to start");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Watchdog.Within(Clipboard.DisposeAsync(), "the clipboard to stop");
        await _stop.CancelAsync();
        await Task.WhenAll(_scripts);
        await Programs.DisposeAsync();
        await Server.DisposeAsync();
        _stop.Dispose();
    }

    protected static ClipContent Text(string text) => Content((MediaTypes.Text, Encoding.UTF8.GetBytes(text)));

    protected static ClipContent Content(params (string Type, byte[] Bytes)[] representations) =>
        new([.. representations.Select(one => new ContentRepresentation(one.Type, one.Bytes))], Sensitivity.Normal);

    protected static byte[] Noise(int count)
    {
        var bytes = new byte[count];
        new Random(11).NextBytes(bytes);
        return bytes;
    }

    protected Task<ApplyOutcome> ApplyAsync(ClipContent content) =>
        Watchdog.Within(Clipboard.ApplyAsync(content, Origin, CancellationToken.None), "the clipboard to take content");

    protected Task<Snapshot> NextChangeAsync() =>
        Watchdog.Within(Clipboard.Changes.ReadAsync(), "the clipboard to report a copy");

    /// <summary>Reads changes until one has this text.</summary>
    protected async Task ChangeWithTextAsync(string text)
    {
        while (TextOf(await NextChangeAsync()) != text) { }
    }

    protected async Task StateAsync(ClipboardState state)
    {
        while (await Watchdog.Within(Clipboard.States.ReadAsync(), $"the state {state}") != state) { }
    }

    protected static string? TextOf(Snapshot? snapshot) =>
        snapshot?.Representations.FirstOrDefault(one => one.MediaType == MediaTypes.Text) is { } text
            ? Encoding.UTF8.GetString(text.Bytes.Span)
            : null;

    /// <summary>Another program, until the test's end.</summary>
    internal Task Play(Action<X11Client> script)
    {
        var task = X11Client.RunAsync(
            Server.Display,
            client =>
            {
                try
                {
                    script(client);
                }
                catch (OperationCanceledException)
                {
                    // The test is over.
                }
            },
            _stop.Token
        );
        _scripts.Add(task);
        return task;
    }

    /// <summary>Another program that owns CLIPBOARD with this content; returns when it does.</summary>
    internal async Task OwnAsync(Dictionary<string, (string Type, byte[] Bytes)> content)
    {
        var owns = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Play(client =>
        {
            client.Take("CLIPBOARD");
            owns.SetResult();
            client.Serve(content);
        });
        await Watchdog.Within(owns.Task, "another program to own the clipboard");
    }
}
