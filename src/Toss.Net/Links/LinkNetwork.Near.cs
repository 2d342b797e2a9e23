using System.Net;
using Toss.Transport.Mdns;
using Toss.Wire;

namespace Toss.Net.Links;

/// <content>What discovery in the networks of this machine needs of links.</content>
internal sealed partial class LinkNetwork
{
    /// <summary>The ports at which we listen; null while we do not.</summary>
    public LanPorts? Ports
    {
        get
        {
            lock (_gate)
            {
                return _listening?.Endpoint.Ports;
            }
        }
    }

    /// <summary>A peer was seen there.</summary>
    public void LearnNear(DeviceId peer, IReadOnlyList<IPEndPoint> endPoints)
    {
        lock (_gate)
        {
            _listening?.Plan.LearnNear(peer, endPoints, context.Clock.Now);
            _listening?.Wake.Ring();
        }
    }
}
