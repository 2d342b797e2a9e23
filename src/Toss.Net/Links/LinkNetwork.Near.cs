using System.Net;
using Toss.Core.Ports;
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

    /// <summary>Peers that are seen in a network of this machine at this moment, and have no link.</summary>
    public IReadOnlyList<DeviceId> SeenWithoutLink
    {
        get
        {
            lock (_gate)
            {
                return _listening is null ? [] : [.. _listening.Plan.Seen.Where(peer => !_links.ContainsKey(peer))];
            }
        }
    }

    /// <inheritdoc cref="LinkEndpoint.Routers"/>
    public IReadOnlyList<RouterFindings> Routers
    {
        get
        {
            lock (_gate)
            {
                return _listening?.Endpoint.Routers ?? [];
            }
        }
    }

    /// <inheritdoc cref="LinkEndpoint.FilterAsync"/>
    public Task<bool?> FilterAsync(IPEndPoint server, CancellationToken cancellation)
    {
        LinkEndpoint? endpoint;
        lock (_gate)
        {
            endpoint = _listening?.Endpoint;
        }
        return endpoint?.FilterAsync(server, cancellation) ?? Task.FromResult<bool?>(null);
    }

    /// <inheritdoc cref="LinkEndpoint.EchoAsync"/>
    public Task<(int Sockets, int Echoes)> EchoAsync(CancellationToken cancellation)
    {
        LinkEndpoint? endpoint;
        lock (_gate)
        {
            endpoint = _listening?.Endpoint;
        }
        return endpoint?.EchoAsync(cancellation) ?? Task.FromResult((0, 0));
    }
}
