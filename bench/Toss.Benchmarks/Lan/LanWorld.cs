using Toss.Testing.Net;
using Toss.Testing.Platform;
using Toss.Testing.Programs;

namespace Toss.Benchmarks.Lan;

/// <summary>
/// Two devices of Toss, each on a machine of one switch with a display of its own, paired without any relay. Machines that
/// are added later are on the same switch.
/// </summary>
internal sealed class LanWorld : IAsyncDisposable
{
    private readonly LabSwitch _network = new();
    private readonly Stack<IAsyncDisposable> _running = new();

    private LanWorld() { }

    public LabNamespace MachineA { get; private set; } = null!;

    public LabNamespace MachineB { get; private set; } = null!;

    public string DisplayA { get; private set; } = "";

    public string DisplayB { get; private set; } = "";

    public TossProgram A { get; private set; } = null!;

    public TossProgram B { get; private set; } = null!;

    public static string AddressOfB => "10.78.0.2";

    public static async Task<LanWorld> StartAsync(string package)
    {
        var world = new LanWorld();
        try
        {
            (world.MachineA, world.DisplayA) = await world.AddMachineAsync("a", "10.78.0.1");
            (world.MachineB, world.DisplayB) = await world.AddMachineAsync("b", AddressOfB);
            world.A = await world.StartDeviceAsync("anna", world.MachineA, world.DisplayA, package);
            world.B = await world.StartDeviceAsync("bert", world.MachineB, world.DisplayB, package);
            await NativeDevice.PairAsync(world.A.Control, world.B.Control, relay: null);
            await world.A.LinkedAsync();
            await world.B.LinkedAsync();
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more desktop in this network.</summary>
    public async Task<(LabNamespace Machine, string Display)> AddMachineAsync(string label, string address)
    {
        var machine = _network.AddMachine(label, $"{address}/24");
        // The number is given out in this namespace: two servers in two others could take the same one's socket.
        var display = await XvfbServer.StartAsync();
        _running.Push(display);
        return (machine, display.Display);
    }

    public async ValueTask DisposeAsync()
    {
        while (_running.TryPop(out var next))
        {
            await next.DisposeAsync();
        }
        _network.Dispose();
    }

    private async Task<TossProgram> StartDeviceAsync(string name, LabNamespace machine, string display, string package)
    {
        var device = new TossProgram(name, display, BuiltPrograms.Native(package).In(machine)) { UsesLinks = true };
        _running.Push(device);
        await device.UpAsync("--name", name);
        return device;
    }
}
