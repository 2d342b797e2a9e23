using System.Net;
using Toss.Quic;
using Toss.Testing.Net;

namespace Toss.Benchmarks.Quic;

/// <summary>
/// A document over a link of ours between two namespaces: 40 ms round trip, 100 Mbit/s, with and without loss each way. A
/// link of its own for each run, so that both peers meet the same fates, as far as they send the same packets.
/// </summary>
internal sealed class LinkRun : IDisposable
{
    public const int Bytes = 10_000_000;
    private const byte Network = 1;

    private static readonly TimeSpan oneWay = TimeSpan.FromMilliseconds(20);

    private readonly LabNamespace _near = Namespaces.Create("bench-near");
    private readonly LabNamespace _far = Namespaces.Create("bench-far");

    /// <param name="Ours">Seconds from the first packet to the last byte; the median of all seeds.</param>
    public sealed record Figure(double Loss, double Ours, double Ngtcp2, IReadOnlyList<double> All);

    public async Task<IReadOnlyList<Figure>> MeasureAsync(int seeds)
    {
        const CipherSuite Suite = CipherSuite.Aes128GcmSha256;
        var figures = new List<Figure>();
        using var documents = new Ngtcp2Run(Bytes);
        IPEndPoint at;
        using (var link = Link(0, seed: 0))
        {
            at = new IPEndPoint(link.B.V4, 4433);
        }
        await using var ours = await QuicPeers.StartAsync(Suite, at.Address, _far, _near);
        Ngtcp2Run.Server theirs;
        using (Link(0, seed: 0))
        {
            theirs = await documents.StartAsync(Suite, "bbr", at, _far, _near);
            _ = await ours.CarryAsync(Bytes); // warms up
        }
        await using var server = theirs;
        foreach (var loss in (double[])[0, 0.02])
        {
            var (own, other) = (new List<double>(), new List<double>());
            for (var seed = 1; seed <= seeds; seed++)
            {
                using (Link(loss, (ulong)seed))
                {
                    own.Add((await ours.CarryAsync(Bytes)).Receiver.Seconds);
                }
                using (Link(loss, (ulong)seed))
                {
                    other.Add((await theirs.CarryAsync()).Receiver.Seconds);
                }
            }
            figures.Add(
                new Figure(
                    loss,
                    Medians.Of(own, seconds => seconds),
                    Medians.Of(other, seconds => seconds),
                    [.. own, .. other]
                )
            );
        }
        return figures;
    }

    public void Dispose()
    {
        _near.Dispose();
        _far.Dispose();
    }

    private TapLink Link(double loss, ulong seed) =>
        TapLink.Between(
            _near,
            _far,
            Network,
            new TapImpairment
            {
                Delay = oneWay,
                Loss = loss,
                BitsPerSecond = 100_000_000,
            },
            seed: seed
        );
}
