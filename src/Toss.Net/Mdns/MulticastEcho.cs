using System.Net;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Transport.Mdns;

namespace Toss.Net.Mdns;

/// <summary>
/// Whether multicast DNS works on the interfaces of this machine: on each it asks which services there are (RFC 6763 §9), which
/// says nothing of this device, and listens for its own question and for whoever else speaks.
/// </summary>
internal sealed class MulticastEcho
{
    /// <summary>Answers to such a question come within 120 ms (RFC 6762 §6), and a slow machine has its time too.</summary>
    private static readonly TimeSpan s_listen = TimeSpan.FromSeconds(1);

    /// <summary>Counted, so bounded.</summary>
    private const int MostNeighbours = 256;

    private readonly Lock _gate = new();
    private readonly byte[] _question;
    private readonly HashSet<LanInterface> _heard = [];
    private readonly HashSet<IPAddress> _neighbours = [];

    private MulticastEcho(NetworkContext context)
    {
        // The number is not looked at by others, and tells this question from one of another program.
        Span<byte> id = stackalloc byte[2];
        context.Random.Fill(id);
        var writer = new DnsWriter(isResponse: false, BitConverter.ToUInt16(id));
        writer.TryAdd(new DnsQuestion(MdnsNames.Types, DnsType.Pointer));
        _question = writer.ToArray();
    }

    public static async Task<MulticastFindings> RunAsync(
        NetworkContext context,
        IMulticastSockets sockets,
        CancellationToken cancellation
    )
    {
        var echo = new MulticastEcho(context);
        var there = sockets.Interfaces().Take(LanDiscovery.MostInterfaces).ToList();
        var open = new List<IMulticastSocket>();
        try
        {
            foreach (var lan in there)
            {
                if (sockets.Open(lan, (bytes, from) => echo.Hear(lan, bytes, from)) is { } opened)
                {
                    open.Add(opened);
                    opened.Send(echo._question, to: null);
                }
            }
            if (open.Count > 0)
            {
                // To the end: neighbours are counted too.
                await new Wake(context.Time).WaitAsync(s_listen, cancellation);
            }
        }
        finally
        {
            foreach (var one in open)
            {
                await one.DisposeAsync();
            }
        }
        lock (echo._gate)
        {
            return new MulticastFindings(there.Count, open.Count, echo._heard.Count, echo._neighbours.Count);
        }
    }

    private void Hear(LanInterface lan, ReadOnlySpan<byte> bytes, IPEndPoint from)
    {
        lock (_gate)
        {
            if (bytes.SequenceEqual(_question))
            {
                _heard.Add(lan);
            }
            else if (!lan.IsOwn(from.Address) && lan.IsNear(from.Address) && _neighbours.Count < MostNeighbours)
            {
                _neighbours.Add(from.Address);
            }
        }
    }
}
