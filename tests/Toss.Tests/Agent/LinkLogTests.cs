using System.Net;
using Microsoft.Extensions.Logging;
using Toss.Agent;
using Toss.Core.Ports;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

public sealed class LinkLogTests
{
    private static readonly DeviceId s_peer = DeviceId.TryFrom(
        Enumerable.Repeat((byte)0xA7, DeviceId.Size).ToArray(),
        out var id
    )
        ? id
        : default;
    private static readonly LinkOpened s_opened = new(
        s_peer,
        PeerPathKind.Direct,
        IPEndPoint.Parse("203.0.113.9:4711")
    );
    private readonly Lines _lines = new();
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void A_link_is_told_without_an_address_or_a_whole_id()
    {
        var log = new LinkLog(_lines, () => _now);
        log.Opened(s_opened);
        log.Ended(new LinkEnded(s_peer, LinkEnd.Silent, TimeSpan.FromSeconds(61)));

        Assert.Equal(
            [$"Link to {s_peer.Short} opened: Direct, ipv4", $"Link to {s_peer.Short} ended after 61 s: Silent"],
            _lines.Said
        );
    }

    [Fact]
    public void A_path_that_comes_and_goes_does_not_fill_the_log()
    {
        var log = new LinkLog(_lines, () => _now);
        for (var i = 0; i < 1000; i++)
        {
            log.Opened(s_opened);
        }
        Assert.Equal(20, _lines.Said.Count);

        _now += TimeSpan.FromSeconds(30);
        log.Opened(s_opened);
        log.Opened(s_opened);
        Assert.Equal(22, _lines.Said.Count);
        Assert.Equal("980 lines about links were left out", _lines.Said[20]);
    }

    private sealed class Lines : ILogger
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Said.Add(formatter(state, exception));
    }
}
