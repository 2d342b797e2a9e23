using System.Buffers.Binary;
using System.Net;
using Toss.Core.Ports;
using Toss.Net;
using Toss.Net.Mapping;
using Toss.Testing;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Net.Mapping;

/// <summary>The ports that routers open for links, in virtual time.</summary>
public sealed class PortMappingsTests
{
    private static readonly RouterPlace Home = new(IPAddress.Parse("192.168.1.7"), IPAddress.Parse("192.168.1.1"));
    private static readonly RouterPlace Office = new(IPAddress.Parse("10.3.0.7"), IPAddress.Parse("10.3.0.1"));
    private static readonly IPEndPoint Opened = IPEndPoint.Parse("203.0.113.9:41000");

    private readonly SimScheduler _scheduler = new();
    private readonly Routers _routers = new();
    private readonly PortMappings _mappings;
    private readonly SimContext _process;
    private int _changes;

    public PortMappingsTests()
    {
        _process = new SimContext(_scheduler, "mappings");
        var context = new NetworkContext(
            new SimClock(_scheduler, _process),
            new SeededRandomSource(3),
            new NetworkOptions { Run = static loop => loop() }
        );
        _mappings = new PortMappings(context, _routers, 41000, () => _changes++);
        _routers.Now = [Home];
        _process.Post(_ => _mappings.Start(), null);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void What_a_router_opens_is_told_once_and_kept_as_long_as_the_router_answers()
    {
        Assert.Equal([Opened], _mappings.External);
        _scheduler.RunFor(TimeSpan.FromHours(10));
        Assert.Equal([Opened], _mappings.External);
        Assert.Equal(1, _changes);
        Assert.InRange(_routers.Asked.Count, 9, 12);

        _routers.Answers = false;
        _scheduler.RunFor(TimeSpan.FromHours(2));
        Assert.Empty(_mappings.External);
        Assert.Equal(RouterAnswer.None, Assert.Single(_mappings.Found).Answer);
        Assert.Equal(2, _changes);
        _routers.Answers = true;
        _scheduler.RunFor(TimeSpan.FromMinutes(20));
        Assert.Equal([Opened], _mappings.External);
    }

    [Fact]
    public void In_another_network_the_one_before_is_given_back_and_the_new_router_asked()
    {
        _routers.Now = [Office];
        _routers.Answers = false;
        _process.Post(_ => _mappings.Refresh(), null);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal([(Home, 7200u), (Home, 0u), (Office, 7200u)], _routers.Asked);
        Assert.Empty(_mappings.External);
        Assert.Equal(2, _changes);
        Assert.Equal([Office], _routers.Open);
    }

    [Fact]
    public void At_the_end_it_is_given_back()
    {
        _process.Post(_ => _ = _mappings.DisposeAsync().AsTask(), null);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((Home, 0u), _routers.Asked[^1]);
        Assert.Empty(_routers.Open);
        Assert.Equal(1, _changes);
    }

    /// <summary>They give everybody the port that he asks for, by PCP.</summary>
    private sealed class Routers : IRouterSockets
    {
        public IReadOnlyList<RouterPlace> Now { get; set; } = [];

        public bool Answers { get; set; } = true;

        public List<(RouterPlace Router, uint Lifetime)> Asked { get; } = [];

        public List<RouterPlace> Open { get; } = [];

        IReadOnlyList<RouterPlace> IRouterSockets.Routers() => Now;

        IRouterSocket IRouterSockets.Open(RouterPlace router, RouterHeard heard)
        {
            Open.Add(router);
            return new Socket(this, router, heard);
        }

        private sealed class Socket(Routers routers, RouterPlace router, RouterHeard heard) : IRouterSocket
        {
            private uint _epoch;

            public void Send(ReadOnlySpan<byte> bytes)
            {
                var lifetime = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
                routers.Asked.Add((router, lifetime));
                if (!routers.Answers || lifetime == 0)
                {
                    return;
                }
                var answer = bytes.ToArray();
                answer[1] |= 0x80;
                answer.AsSpan(8, 16).Clear();
                BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(8), _epoch++);
                Opened.Address.MapToIPv6().TryWriteBytes(answer.AsSpan(44), out _);
                heard(new IPEndPoint(router.Router, 5351), answer);
            }

            public ValueTask DisposeAsync()
            {
                routers.Open.Remove(router);
                return ValueTask.CompletedTask;
            }
        }
    }
}
