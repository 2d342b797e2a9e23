using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Platform;

namespace Toss.Benchmarks;

/// <summary>
/// A relay and two devices on this machine, from the native programs. Each process runs a copy of its own, so that no
/// memory of the program is shared and the proportional set size is what a lone device would show.
/// </summary>
internal sealed class NativeWorld : IAsyncDisposable
{
    private const string ListeningLine = "toss-relay listening on ";

    private readonly TemporaryFolder _folder = new();
    private readonly string _package;
    private readonly Stack<IAsyncDisposable> _running = new();
    private ChildProcess? _relay;
    private int _homes;

    private NativeWorld(string package) => _package = package;

    public string RelayUrl { get; private set; } = "";

    public int RelayProcess => _relay!.Id;

    public NativeDevice A { get; private set; } = null!;

    public NativeDevice B { get; private set; } = null!;

    public static async Task<NativeWorld> StartAsync(string package)
    {
        var world = new NativeWorld(package);
        try
        {
            await world.StartRelayAsync();
            world.A = await world.StartDeviceAsync(world.RelayUrl, headless: false);
            world.B = await world.StartDeviceAsync(null, headless: false);
            world._running.Push(world.A);
            world._running.Push(world.B);
            await world.A.ConnectAsync();
            await world.A.PairAsync(world.B, world.RelayUrl);
            await world.A.SeePeerAsync();
            await world.B.SeePeerAsync();
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>A device nobody knows yet; the caller ends it.</summary>
    public async Task<NativeDevice> StartDeviceAsync(string? relay, bool headless)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"d{++_homes}");
        return await NativeDevice.StartAsync(Copy(name, "toss"), Path.Combine(_folder.Path, name), relay, headless);
    }

    public async Task StopRelayAsync()
    {
        if (_relay is not null)
        {
            await _relay.DisposeAsync();
            _relay = null;
        }
    }

    /// <summary>On the port it had, if it ran already; returns when it listens.</summary>
    public async Task StartRelayAsync()
    {
        var address = RelayUrl.Length == 0 ? "127.0.0.1:0" : new Uri(RelayUrl).Authority;
        string[] arguments = ["--listen", address, "--data", Path.Combine(_folder.Path, "relay")];
        var program = Path.Combine(_folder.Path, "programs", "relay", "toss-relay");
        _relay = new ChildProcess(
            new ProcessStartInfo(File.Exists(program) ? program : Copy("relay", "toss-relay"), arguments)
        );
        var line = await _relay.ReadLineAsync();
        RelayUrl = line[ListeningLine.Length..];
    }

    public async ValueTask DisposeAsync()
    {
        while (_running.TryPop(out var next))
        {
            await next.DisposeAsync();
        }
        await StopRelayAsync();
        _folder.Dispose();
    }

    private string Copy(string name, string program)
    {
        var folder = Path.Combine(_folder.Path, "programs", name);
        Directory.CreateDirectory(folder);
        foreach (var file in (string[])[program, "libe_sqlite3.so"])
        {
            File.Copy(Path.Combine(_package, file), Path.Combine(folder, file));
        }
        return Path.Combine(folder, program);
    }
}
