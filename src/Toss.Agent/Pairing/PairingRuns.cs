using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Pairing;

namespace Toss.Agent.Pairing;

/// <summary>The joiners at an open pairing, told apart by place and run. Bounded: a run costs a KEM key and two point multiplications.</summary>
internal sealed class PairingRuns(IRandomSource random) : IDisposable
{
    /// <summary>Runs one pairing may ever see: three wrong ones end it, the rest are broken or abandoned.</summary>
    private const int Capacity = 64;

    private readonly Dictionary<(IRendezvous Place, ulong Run), Run> _runs = [];
    private int _seen;

    /// <summary>The run with this number, begun if it is new; null once there were too many, or it ended.</summary>
    public Run? Get(IRendezvous place, ulong run, PairingCode code)
    {
        if (_runs.TryGetValue((place, run), out var known))
        {
            return known.Ended ? null : known;
        }
        if (_seen++ >= Capacity)
        {
            return null;
        }
        var begun = new Run(new PairingInviter(code, random));
        _runs.Add((place, run), begun);
        return begun;
    }

    public void End(IRendezvous place, ulong run)
    {
        if (_runs.TryGetValue((place, run), out var known) && !known.Ended)
        {
            known.Ended = true;
            known.Inviter.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var (place, run) in _runs.Keys.ToList())
        {
            End(place, run);
        }
    }

    internal sealed class Run(PairingInviter inviter)
    {
        public PairingInviter Inviter { get; } = inviter;

        public DeviceCard? Joiner { get; set; }

        public bool Ended { get; set; }
    }
}
