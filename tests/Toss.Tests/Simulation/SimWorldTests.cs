using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

public sealed class SimWorldTests
{
    [Fact]
    public void Two_devices_pair_and_share_in_virtual_time()
    {
        var world = new SimWorld(1);
        var a = world.AddDevice("a");
        var b = world.AddDevice("b");
        world.Pair(a, b);

        var copied = a.Call(control =>
            control.CopyAsync("text/plain", new MemoryStream("hello"u8.ToArray()), CancellationToken.None)
        );
        Assert.NotNull(copied?.Clip);
        world.Scheduler.RunUntil(() => b.Text == "hello", TimeSpan.FromSeconds(2), "B's clipboard");
    }
}
