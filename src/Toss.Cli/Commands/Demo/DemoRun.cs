using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Toss.Control;

namespace Toss.Cli.Commands.Demo;

/// <summary>Relay, displays, agents, pairing, copies, in this order; <see cref="Step"/> says where it is.</summary>
internal sealed class DemoRun(string folder, DemoProcesses processes, TimeProvider time, Action<string> say)
{
    /// <summary>Where no event tells, a look each 10 ms.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>One content's way; what takes longer has not arrived.</summary>
    private static readonly TimeSpan ContentTimeout = TimeSpan.FromSeconds(6);

    private static readonly Dictionary<string, string?> SameEnvironment = [];

    public string Step { get; private set; } = "start";

    public string RelayUrl { get; private set; } = "";

    public List<DemoDevice> Devices { get; } = [];

    public async Task<IReadOnlyList<DemoResult>> RunAsync(bool headless, CancellationToken cancellation)
    {
        await StartRelayAsync(cancellation);
        foreach (var name in (string[])["a", "b"])
        {
            var display = headless ? null : await StartDisplayAsync(name, cancellation);
            Begin($"starting the agent of device {name}");
            Devices.Add(await DemoDevice.StartAsync(name, folder, display, processes, time, cancellation));
        }
        await PairAsync(Devices[0], Devices[1], cancellation);
        var results = new List<DemoResult>();
        foreach (var content in DemoContent.All(time.GetUtcNow()))
        {
            results.Add(await CarryAsync(content, Devices[0], Devices[1], cancellation));
        }
        return results;
    }

    private async Task StartRelayAsync(CancellationToken cancellation)
    {
        Begin("starting a relay");
        var relay =
            OwnProgram.FindRelay()
            ?? throw new ControlException(ControlErrors.Internal, "the program toss-relay is not beside toss");
        var port = FreePort();
        RelayUrl = string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{port}");
        var process = processes.Start(
            "toss-relay",
            [
                relay,
                "--listen",
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
                "--data",
                Path.Combine(folder, "relay"),
            ],
            SameEnvironment
        );
        await UntilAsync(
            async () =>
            {
                processes.RefuseEnded(process, "toss-relay");
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            cancellation
        );
    }

    private async Task<string> StartDisplayAsync(string name, CancellationToken cancellation)
    {
        Begin($"starting the display of device {name}");
        var numberFile = Path.Combine(folder, $"display-{name}");
        // The server chooses a free number and writes it when it is ready.
        const string script = "exec Xvfb -displayfd 3 -screen 0 640x480x24 -nolisten tcp 3>\"$1\"";
        var process = processes.Start($"Xvfb-{name}", ["/bin/sh", "-c", script, "sh", numberFile], SameEnvironment);
        var number = "";
        await UntilAsync(
            async () =>
            {
                processes.RefuseEnded(process, $"Xvfb-{name}");
                number = File.Exists(numberFile) ? await File.ReadAllTextAsync(numberFile, cancellation) : "";
                return number.EndsWith('\n');
            },
            cancellation
        );
        return ":" + number.Trim();
    }

    private async Task PairAsync(DemoDevice inviter, DemoDevice joiner, CancellationToken cancellation)
    {
        Begin("connecting device a to the relay");
        await inviter.Control.SetConfigAsync("relay", RelayUrl, cancellation);
        await UntilAsync(
            async () => (await inviter.Control.GetStatusAsync(cancellation)).Relay.State == "connected",
            cancellation
        );
        Begin("pairing by code");
        Task<PairingEvent?>? joining = null;
        PairingEvent? last = null;
        var request = new OpenPairingRequest(AcceptAll: true);
        await foreach (var next in inviter.Control.OpenPairingAsync(request, cancellation))
        {
            last = next;
            if (next is PairingOpened opened)
            {
                joining = LastAsync(
                    joiner.Control.JoinAsync(new JoinRequest(opened.Code ?? opened.Uri, RelayUrl), cancellation)
                );
            }
        }
        RefuseFailed(last);
        RefuseFailed(joining is null ? null : await joining);
        Begin("waiting for the two devices to see each other");
        await UntilAsync(async () => await SeesAsync(inviter, cancellation), cancellation);
        await UntilAsync(async () => await SeesAsync(joiner, cancellation), cancellation);
    }

    private async Task<DemoResult> CarryAsync(
        DemoContent content,
        DemoDevice from,
        DemoDevice to,
        CancellationToken cancellation
    )
    {
        Begin($"carrying {content.Kind} from a to b");
        var sent = Hash(content.Bytes);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(ContentTimeout);
        var begin = time.GetTimestamp();
        var received = "";
        var took = 0.0;
        try
        {
            await from.CopyAsync(
                content,
                Path.Combine(folder, $"copied.{content.Extension}"),
                processes,
                limited.Token
            );
            await UntilAsync(async () => await PastedHashAsync(to, content, limited.Token) == sent, limited.Token);
            await UntilAsync(
                async () => (received = Hash(await to.ReadAsync(content, limited.Token))) == sent,
                limited.Token
            );
            took = time.GetElapsedTime(begin).TotalMilliseconds;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // It did not come in time: the table says so, and the demo goes on with the next.
            took = time.GetElapsedTime(begin).TotalMilliseconds;
        }
        var status = await from.Control.GetStatusAsync(cancellation);
        return new DemoResult(
            content.Kind,
            content.MediaType,
            content.Bytes.Length,
            status.Peers.FirstOrDefault()?.Path?.Kind ?? "none",
            Math.Round(took, 1),
            sent,
            received,
            sent == received
        );
    }

    /// <summary>Waits on the agent for a change; what it then holds may still be the content before.</summary>
    private static async Task<string?> PastedHashAsync(
        DemoDevice device,
        DemoContent content,
        CancellationToken cancellation
    ) => await device.PasteAsync(content.MediaType, ContentTimeout, cancellation) is { } bytes ? Hash(bytes) : null;

    private static async Task<bool> SeesAsync(DemoDevice device, CancellationToken cancellation) =>
        (await device.Control.GetStatusAsync(cancellation)).Peers.Any(peer => peer.Online);

    private static async Task<PairingEvent?> LastAsync(IAsyncEnumerable<PairingEvent> events)
    {
        PairingEvent? last = null;
        await foreach (var next in events)
        {
            last = next;
        }
        return last;
    }

    private static void RefuseFailed(PairingEvent? last)
    {
        if (last is not PairingDone)
        {
            throw last is PairingFailed failed
                ? PairCommand.FailureOf(failed)
                : new ControlException(ControlErrors.Internal, "pairing ended without a result");
        }
    }

    private async Task UntilAsync(Func<Task<bool>> condition, CancellationToken cancellation)
    {
        while (!await condition())
        {
            await Task.Delay(LookInterval, time, cancellation);
        }
    }

    private void Begin(string step)
    {
        Step = step;
        say(step);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
