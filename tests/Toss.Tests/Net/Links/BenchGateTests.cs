using Toss.Net.Links;
using Xunit;

namespace Toss.Tests.Net.Links;

public sealed class BenchGateTests
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void One_at_a_time()
    {
        var gate = new BenchGate();
        Assert.True(gate.TryBegin(s_now));
        Assert.False(gate.TryBegin(s_now));
        gate.End();
        Assert.True(gate.TryBegin(s_now));
    }

    [Fact]
    public void So_many_a_minute()
    {
        var gate = new BenchGate();
        for (var i = 0; i < BenchGate.MostAMinute; i++)
        {
            Assert.True(gate.TryBegin(s_now + TimeSpan.FromSeconds(i)));
            gate.End();
        }
        Assert.False(gate.TryBegin(s_now + TimeSpan.FromSeconds(59)));
        Assert.True(gate.TryBegin(s_now + TimeSpan.FromSeconds(60)));
    }
}
