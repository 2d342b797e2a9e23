using System.Net;
using System.Text.Json;
using Toss.Testing.Net;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Relay;
using Toss.Tests.Real.EndToEnd;

namespace Toss.Tests.Real.Lab;

/// <summary>Two devices, each on a machine of a lab with a display of its own, paired; and a relay, if there is one.</summary>
internal sealed class LabPair : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _running = new();

    private LabPair() { }

    public RelayProcess? Relay { get; private set; }

    public TossProgram A { get; private set; } = null!;

    public TossProgram B { get; private set; } = null!;

    public X11Programs ScreenA { get; private set; } = null!;

    public X11Programs ScreenB { get; private set; } = null!;

    /// <summary>In homes that know of each other by a relay alone.</summary>
    /// <param name="options">The relay's, beside where it listens.</param>
    public static Task<LabPair> PairedAsync(NatLab lab, params IReadOnlyList<string> options) =>
        MakeAsync(async pair =>
        {
            pair.Relay = await RelayProcess.StartBuiltAsync(
                BuiltPrograms.Default.In(lab.Server),
                null,
                ["--listen", new IPEndPoint(lab.ServerAddress, 8787).ToString(), .. options]
            );
            pair._running.Push(pair.Relay);
            await pair.StartAsync(lab.A, lab.B);
            await TwoPrograms.PairAsync(pair.A, pair.B, opened => [opened.Uri]);
            await pair.FetchesAtOnceAsync();
        });

    /// <summary>On one network, without any relay.</summary>
    public static Task<LabPair> PairedAsync(LabNamespace a, LabNamespace b) =>
        MakeAsync(async pair =>
        {
            await pair.StartAsync(a, b);
            await TwoPrograms.PairAsync(pair.A, pair.B, opened => [opened.Code]);
            await pair.FetchesAtOnceAsync();
        });

    /// <summary>Of `toss status`: what it says of the way to the peer.</summary>
    public static async Task<JsonElement> PathOfAsync(TossProgram device) =>
        (await device.JsonAsync("status")).GetProperty("peers")[0].GetProperty("path");

    /// <summary>What another program copies at A is on B's display, and the other way.</summary>
    public async Task ShareTextAsync(string text)
    {
        await ScreenA.XclipCopyAsync($"{text}, from A");
        await B.PastesAsync($"{text}, from A");
        await ScreenB.XclipCopyAsync($"{text}, from B");
        await A.PastesAsync($"{text}, from B");
    }

    /// <summary>The same of bytes, which B asks for when it heard of them.</summary>
    public async Task SendAsync(byte[] content)
    {
        await ScreenA.XclipCopyAsync(content, "image/png");
        await B.PastesAsync(content, "image/png");
    }

    public async ValueTask DisposeAsync()
    {
        while (_running.TryPop(out var next))
        {
            await next.DisposeAsync();
        }
    }

    private static async Task<LabPair> MakeAsync(Func<LabPair, Task> begin)
    {
        var pair = new LabPair();
        try
        {
            await begin(pair);
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>Large content comes without a paste: what is looked at here is the way.</summary>
    private async Task FetchesAtOnceAsync()
    {
        foreach (var device in (TossProgram[])[A, B])
        {
            await device.Control.SetConfigAsync("fetch-direct", "64", default);
            await device.Control.SetConfigAsync("fetch-relayed", "64", default);
        }
    }

    private async Task StartAsync(LabNamespace a, LabNamespace b)
    {
        (A, ScreenA) = await DeviceAsync("alpha-desk", a);
        (B, ScreenB) = await DeviceAsync("beta-lap", b);
        await A.UpAsync(["--name", A.Name, .. Relay is null ? [] : (string[])["--relay", Relay.Url.AbsoluteUri]]);
        await B.UpAsync("--name", B.Name);
    }

    private async Task<(TossProgram Device, X11Programs Screen)> DeviceAsync(string name, LabNamespace machine)
    {
        var server = await XvfbServer.StartAsync();
        _running.Push(server);
        var screen = new X11Programs(server.Display);
        _running.Push(screen);
        var device = new TossProgram(name, server.Display, BuiltPrograms.Default.In(machine))
        {
            UsesLinks = true,
            AsksRouters = true,
        };
        _running.Push(device);
        return (device, screen);
    }
}
