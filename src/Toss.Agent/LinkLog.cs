using Microsoft.Extensions.Logging;
using Toss.Core.Ports;

namespace Toss.Agent;

/// <summary>
/// What the log says of links: when one opens and when it ends, and why. A path that comes and goes must not fill the log: so
/// many lines at once, then one in a while, and how many were left out.
/// </summary>
internal sealed class LinkLog(ILogger log, Func<DateTimeOffset> steady)
{
    /// <summary>A day's comings and goings of a few devices.</summary>
    private const int MostAtOnce = 20;

    private static readonly TimeSpan s_another = TimeSpan.FromSeconds(30);

    private int _left = MostAtOnce;
    private int _leftOut;
    private DateTimeOffset _countedAt = steady();

    public void Opened(LinkOpened link)
    {
        if (MaySay())
        {
            log.LinkOpened(link.Peer.Short, link.Kind.ToString(), AddressKind.Of(link.Remote.Address));
        }
    }

    public void Ended(LinkEnded link)
    {
        if (MaySay())
        {
            log.LinkEnded(link.Peer.Short, (long)link.Lasted.TotalSeconds, link.Reason.ToString());
        }
    }

    private bool MaySay()
    {
        var now = steady();
        var more = (int)Math.Min((now - _countedAt) / s_another, MostAtOnce);
        if (more > 0)
        {
            _left = Math.Min(_left + more, MostAtOnce);
            _countedAt = now;
        }
        if (_left == 0)
        {
            _leftOut++;
            return false;
        }
        _left--;
        if (_leftOut > 0)
        {
            log.LinksLeftOut(_leftOut);
            _leftOut = 0;
        }
        return true;
    }
}
