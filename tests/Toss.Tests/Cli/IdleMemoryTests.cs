using Toss.Cli.Daemon;
using Xunit;

namespace Toss.Tests.Cli;

public sealed class IdleMemoryTests
{
    private long _allocated;
    private int _collected;

    [Fact]
    public void It_collects_once_after_a_burst_and_not_while_it_lasts()
    {
        var memory = new IdleMemory(() => _allocated, () => _collected++);
        for (var i = 0; i < 5; i++)
        {
            _allocated += IdleMemory.Worth;
            memory.Look();
            Assert.Equal(0, _collected);
        }
        memory.Look();
        Assert.Equal(1, _collected);
        for (var i = 0; i < 5; i++)
        {
            memory.Look();
        }
        Assert.Equal(1, _collected);
    }

    [Fact]
    public void An_idle_agent_is_collected_rarely()
    {
        var memory = new IdleMemory(() => _allocated, () => _collected++);
        for (var i = 0L; i < 3 * IdleMemory.Worth; i += IdleMemory.Rest / 2)
        {
            _allocated += IdleMemory.Rest / 2;
            memory.Look();
        }
        Assert.InRange(_collected, 2, 3);
    }
}
